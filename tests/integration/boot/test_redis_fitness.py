"""Redis as operators set it up: `config check` and the services name the lacking right, or the wrong address."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner

from deploy.config_command import SETTINGS, config
from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers import valkey as embedded
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.scripts import SCRIPTS
from libs.jobs.server.connection import connect
from libs.jobs.server.fitness import PROBES, UnfitRedisError, check_fitness
from tests.integration.service_process import WRITER, ServiceProcess, Writer, nothing_here
from tests.waiting import wait_until

NAMESPACE = "fit"
ALL = "~{fit}* &{fit}* +@all"
NEEDED = [
    ("-waitaof", "+waitaof"),
    ("-publish", "+publish"),
    ("-subscribe", "+subscribe"),
    ("-evalsha", "+evalsha"),
    ("-script|load", "+script|load"),
    ("-hincrby", "+hincrby"),
    ("-zrangebyscore", "+zrangebyscore"),
    ("-@dangerous", "+config|get"),
    ("-@dangerous", "+keys"),
    ("-command", "+command"),
    ("resetchannels", "&{fit}*"),
    ("resetchannels &other*", "&{fit}*"),
    ("resetkeys ~other*", "~{fit}*"),
]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server whose users and place in the world a test may change."""
    with ValkeyServer(tmp_path_factory.mktemp("own"), free_port()) as server:
        yield server


@pytest.fixture
def user(own: ValkeyServer) -> Iterator[redis.Redis]:
    """The administrator, who may make a user `scanner`."""
    with connect(own.url) as client:
        yield client
        client.acl_deluser("scanner")


def restrict(client: redis.Redis, rules: str) -> str:
    """Make the user with all that is needed but this; returns the address to log in with."""
    client.execute_command("ACL", "SETUSER", "scanner", "reset", "on", ">pass", *ALL.split(), *rules.split())
    port = client.connection_pool.connection_kwargs["port"]
    return f"redis://scanner:pass@{HOST}:{port}/0"


def checked(redis_url: str, service: str = "writer", status: int = 1, **more: str) -> str:
    """What `config check` says."""
    environ = {
        "SLUICE_REDIS_URL": redis_url, "SLUICE_DATABASE_URL": nothing_here(), "SLUICE_NAMESPACE": NAMESPACE,
        "SLUICE_TOKEN_SECRET_FILE": "/dev/null", **more,
    }  # fmt: skip
    result = CliRunner().invoke(config, ["check", service], env=environ)
    assert result.exit_code == status
    return result.output


def test_a_user_with_the_documented_rights_is_enough(own: ValkeyServer, user: redis.Redis) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    documented = re.search(r"ACL SETUSER sluice on >\S+ (.+)", manual)
    assert documented
    user.execute_command("ACL", "SETUSER", "scanner", "reset", "on", ">pass")
    rules = documented[1].replace("{sluice}", "{fit}").strip("`").split()
    user.execute_command("ACL", "SETUSER", "scanner", *rules)
    with connect(f"redis://scanner:pass@{HOST}:{own.port}/0") as client:
        check_fitness(client, NAMESPACE)
    assert list(user.scan_iter("*probe*")) == []


@pytest.mark.parametrize(("rules", "named"), NEEDED)
def test_the_right_that_is_lacking_is_named(user: redis.Redis, rules: str, named: str) -> None:
    said = checked(restrict(user, rules))
    (line,) = [line for line in said.splitlines() if line.startswith("SLUICE_REDIS_URL: ")]
    assert named in line.split()
    assert "The Redis user lacks rights" in line


def test_no_service_starts_without_a_right(tmp_path: Path, user: redis.Redis) -> None:
    url = restrict(user, "resetchannels")
    with ServiceProcess(WRITER, tmp_path, redis_url=url, database_url=nothing_here(), namespace=NAMESPACE) as writer:
        assert writer.process.wait(20) == 2
        assert "&{fit}*" in writer.log
        assert "Traceback" not in writer.log


def test_services_work_with_a_redis_that_hides_its_settings(tmp_path: Path, user: redis.Redis) -> None:
    url, stated = restrict(user, "-config"), "appendonly=yes,appendfsync=always,maxmemory-policy=noeviction"
    for service in SETTINGS:
        assert "SLUICE_REDIS_STATED=" in checked(url, service)
        assert "SLUICE_REDIS_URL: " not in checked(url, service, SLUICE_REDIS_STATED=stated)
    settings = {"redis_url": url, "redis_stated": stated, "namespace": NAMESPACE, "database_url": nothing_here()}
    with Writer(tmp_path, **settings) as writer:
        writer.wait_ready(writer.url)


def test_a_replica_is_named_as_that(own: ValkeyServer, user: redis.Redis) -> None:
    user.replicaof(HOST, free_port())
    try:
        said = checked(own.url)
    finally:
        user.replicaof("NO", "ONE")
    assert "replica" in said
    assert "replica" in said


def test_full_memory_keeps_no_writer_away(own: ValkeyServer, user: redis.Redis) -> None:
    """Writers are what makes room again."""
    user.config_set("maxmemory", 1)
    try:
        with connect(own.url) as client:
            check_fitness(client, NAMESPACE)
    finally:
        user.config_set("maxmemory", 0)


def test_a_cluster_node_without_our_slot_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embedded.SETTINGS, "cluster-enabled", "yes")
    monkeypatch.setitem(embedded.SETTINGS, "cluster-port", str(free_port()))
    with ValkeyServer(tmp_path, free_port()) as node, connect(node.url) as client:
        said = checked(node.url)
        assert "slot" in said
        assert "{fit}" in said
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)

        def served() -> bool:
            return b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO")

        wait_until(served, 10, "the cluster serves")
        check_fitness(client, NAMESPACE)
        client.execute_command("CLUSTER", "DELSLOTS", client.execute_command("CLUSTER", "KEYSLOT", "{fit}"))
        with pytest.raises(UnfitRedisError, match="slot"):
            check_fitness(client, NAMESPACE)


def test_every_command_of_the_scripts_is_tried() -> None:
    dramatiq = (files("dramatiq") / "brokers" / "redis" / "dispatch.lua").read_text()
    texts = [dramatiq, *(path.read_text() for path in SCRIPTS.iterdir() if path.name.endswith(".lua"))]
    used = {name.upper() for text in texts for name in re.findall(r"redis\.p?call\(\s*[\"'](\w+)", text)}
    tried = set(re.findall(r"[A-Z]{3,}", PROBES)) | {"TIME", "PUBLISH"}
    assert used - tried == set()


@pytest.mark.parametrize(
    "address",
    [
        "redis://:QZ/7@127.0.0.1:6379/0", "redis//:QZ7@127.0.0.1:6379/0", "redis://:QZ7@ho st:6379/0",
        "redis://127.0.0.1:QZ7/0", ":QZ7@127.0.0.1",
    ],
)  # fmt: skip
def test_a_mistyped_address_shows_no_password(address: str) -> None:
    said = checked(address, status=2)
    assert "QZ" not in said
    assert "SLUICE_REDIS_URL" in said
