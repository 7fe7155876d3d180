"""Where the console stands: behind a proxy, below a path; and its end, with streams open."""

import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.console.visitors.site import EVERYTHING, Person, Site, job_of, running_site, several
from tests.signing import bearer
from tests.waiting import wait_until

PUBLIC = "https://sluice.example"
OK, REFUSED = b"HTTP/1.1 200 OK", (b"HTTP/1.1 4", b"HTTP/1.1 5")
LAST_CHUNK = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def mounted(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Site]:
    """A console that browsers reach as https://sluice.example/console."""
    folder = tmp_path_factory.mktemp("mounted")
    settings = {"console_url": f"{PUBLIC}/console", "console_threads": 2, "console_notice_seconds": 3}
    with running_site(folder, postgres, template, valkey, **settings) as site:
        yield site


@pytest.mark.parametrize("prefix", ["", "/console"])
def test_below_a_path_every_link_stays_below_it(mounted: Site, prefix: str) -> None:
    """Whether the proxy takes the path away or leaves it."""
    scanner = mounted.scanner()
    job = job_of(scanner.post(several(1)))
    person = Person(mounted.url, scanner.tenant)
    answer = person.post(f"{prefix}/sign-in", origin=PUBLIC, token=person.token)
    assert answer.headers["location"] == "/console/"
    cookie = answer.headers["set-cookie"]
    assert "Path=/console/" in cookie
    assert "Secure" in cookie

    secret = cookie.partition("=")[2].partition(";")[0]
    for path in ("/", "/jobs", f"/jobs/{job}", "/sign-in", "/nothing"):
        page = httpx.get(
            f"{mounted.url}{prefix}{path}", headers={"Cookie": f"sluice_session={secret}", "Accept": "text/html"},
            follow_redirects=False, trust_env=False,
        )  # fmt: skip
        addresses = [
            part.split('"')[1] for part in page.text.split() if part.startswith(("href=", "src=", "action=", "hx-get="))
        ]
        own = [address for address in addresses if not address.startswith("#")]
        assert all(address.startswith("/console/") for address in own), own


def test_below_a_path_a_form_of_the_inner_address_is_foreign(mounted: Site) -> None:
    person = Person(mounted.url, mounted.scanner().tenant)
    assert person.post("/sign-in", origin=mounted.url, token=person.token).status_code == 403


def test_a_console_says_that_it_ends_and_then_does_with_many_streams_open(mounted: Site) -> None:
    """Last in this module: it ends the console. Each stream gets its end; none is cut off."""
    token = bearer(mounted.scanner().tenant, scope=EVERYTHING)
    with ExitStack() as opened:
        streams = [opened.enter_context(_stream(mounted.console.port, token)) for _ in range(499)]
        assert Counter(_read_until(each, b"snapshot").partition(b"\r\n")[0] for each in streams) == {OK: len(streams)}

        mounted.console.process.send_signal(signal.SIGTERM)
        probes = [f"{url}/readyz" for url in (mounted.url, mounted.console.metrics_url)]
        for probe in probes:
            wait_until(lambda probe=probe: httpx.get(probe, trust_env=False).status_code == 503, 2, "it says so")
        late = opened.enter_context(_stream(mounted.console.port, token))
        assert _read_until(late, b"snapshot").startswith(OK)
        assert {_read_until(each, LAST_CHUNK)[-len(LAST_CHUNK) :] for each in (*streams, late)} == {LAST_CHUNK}
        mounted.console.process.wait(10)


def _stream(port: int, token: str) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=60)
    connection.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    return connection


def _read_until(connection: socket.socket, mark: bytes) -> bytes:
    """All up to the mark, or to the end of what is no stream."""
    seen = b""
    while mark not in seen and not seen.startswith(REFUSED) and (piece := connection.recv(65_536)):
        seen += piece
    return seen
