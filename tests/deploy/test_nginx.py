"""What goes through nginx as deploy/ configures it, to a real ingest and a real console."""

import hashlib
import json
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest
import yaml

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.intake.settings import MIB
from libs.settings import leaves
from services.ingest.settings import IngestSettings
from tests.deploy.installation.proxy import CONFIGURATION, NEEDS_NGINX, Nginx
from tests.integration.console.visitors.listening import listening, socket_of, writer_stopped
from tests.integration.console.visitors.site import EVERYTHING, Person, Site, job_of, running_site
from tests.integration.service_process import Scanner, several
from tests.root import ROOT
from tests.signing import bearer
from tests.waiting import wait_until

pytestmark = [pytest.mark.deploy, NEEDS_NGINX]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Site]:
    """A console that believes whatever proxy is on this machine who somebody is."""
    folder = tmp_path_factory.mktemp("site")
    proxied = {"proxy_networks": HOST, "proxy_roles": "staff=operate", "console_language": "en"}
    with running_site(folder, postgres, template, valkey, **proxied) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """In front of it."""
    with Nginx(tmp_path_factory.mktemp("nginx"), {"ingest": [site.ingest.url], "console": [site.url]}) as running:
        yield running


@pytest.fixture
def scanner(site: Site, nginx: Nginx) -> Iterator[Scanner]:
    """A tenant of its own, by way of nginx."""
    made = site.scanner()
    with httpx.Client(base_url=nginx.url, timeout=60, trust_env=False) as made._http:
        yield made


@pytest.fixture
def person(nginx: Nginx, scanner: Scanner) -> Person:
    """Somebody of that tenant, with a browser that finds nginx."""
    return Person(nginx.url, scanner.tenant)


def in_flight(site: Site) -> float:
    """How many requests ingest handles now, as it says itself."""
    page = httpx.get(f"{site.ingest.metrics_url}/metrics", trust_env=False).text
    found = re.search(r"^sluice_requests_in_flight (\S+)", page, re.MULTILINE)
    assert found
    return float(found[1])


class SlowPost:
    """A POST whose body is sent in two halves."""

    def __init__(self, nginx: Nginx, scanner: Scanner, path: str, content_type: str, body: bytes) -> None:
        half = len(body) // 2
        self._rest = body[half:]
        self._socket = socket.create_connection((HOST, nginx.port), 30)
        fields = (
            f"POST {path} HTTP/1.1", f"Host: {HOST}:{nginx.port}", f"Authorization: {scanner.headers['Authorization']}",
            f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close", "", "",
        )  # fmt: skip
        self._socket.sendall("\r\n".join(fields).encode() + body[:half])

    def finish(self) -> int:
        """Send the other half; the status of the answer."""
        self._socket.sendall(self._rest)
        with self._socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def batch_of(count: int) -> bytes:
    """A batch as it is sent."""
    return json.dumps({"recipients": several(count)}).encode()


def form_of(data: bytes) -> tuple[str, bytes]:
    """A file in a form, as a browser sends it: its type and its bytes."""
    request = httpx.Request("POST", "http://x", files={"file": ("r.csv", data)})
    return request.headers["Content-Type"], request.read()


def test_the_configuration_is_good(site: Site, tmp_path: Path) -> None:
    assert Nginx(tmp_path, {"ingest": [site.ingest.url], "console": [site.url]}).test() == ""


def test_upstreams_are_those_of_compose() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    text = (CONFIGURATION / "upstreams.conf").read_text("utf-8")
    for name, port in re.findall(r"server (\w+):(\d+)", text):
        assert f"127.0.0.1:{port}/readyz" in str(services[name]["healthcheck"])
    assert "listen 8080;" in (CONFIGURATION / "listen.conf").read_text("utf-8")
    assert services["nginx"]["ports"] == ["${SLUICE_PORT:-8080}:8080"]


def test_a_batch_goes_through(scanner: Scanner) -> None:
    answer = scanner.post(several(5_000))
    assert answer.status_code == 201, answer.text
    job = scanner.get(f"/api/v1/jobs/{answer.json()['job_id']}").json()
    assert (job["status"], job["records"]["created"]) == ("completed", 5_000)


def test_a_batch_is_whole_before_ingest_hears_of_it_and_a_file_comes_as_it_is_sent(
    site: Site, nginx: Nginx, scanner: Scanner
) -> None:
    content_type, body = form_of(b"name_vi,recipient_type\n" + b"Sao Mai,processor\n" * 200_000)
    with (
        SlowPost(nginx, scanner, scanner.path(), "application/json", batch_of(5_000)) as batch,
        SlowPost(nginx, scanner, "/api/v1/files", content_type, body) as upload,
    ):
        # And not the batch, which came first.
        wait_until(lambda: in_flight(site) == 1, 20, "ingest has begun to read the file")
        assert upload.finish() == 201
        wait_until(lambda: in_flight(site) == 0, 20, "ingest is at rest")
        assert batch.finish() == 201


def test_a_file_is_the_same_on_the_other_side(nginx: Nginx, scanner: Scanner) -> None:
    data = b"name_vi,recipient_type\n" + b"".join(b"%d,processor\n" % number for number in range(1_500_000))
    assert len(data) > 20 * MIB
    made = scanner._http.post("/api/v1/files", files={"file": ("r.csv", data)}, headers=scanner.headers)
    assert made.status_code == 201, made.text
    assert nginx.kept_bodies == []
    content = scanner.get(f"{made.headers['Location']}/content").content
    assert hashlib.sha256(content).digest() == hashlib.sha256(data).digest()


def test_a_file_goes_on_by_tus(scanner: Scanner) -> None:
    data = b"name_vi,recipient_type\nSao Mai,processor\n" * 100_000
    version = {**scanner.headers, "Tus-Resumable": "1.0.0"}
    made = scanner._http.post("/api/v1/files", headers={**version, "Upload-Length": str(len(data))})
    assert made.status_code == 201, made.text
    offset = 0
    for stretch in (data[: 3 * MIB], data[3 * MIB :]):
        part = {**version, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        assert scanner._http.patch(made.headers["Location"], content=stretch, headers=part).status_code == 204
        offset += len(stretch)
    assert scanner._http.head(made.headers["Location"], headers=version).headers["Upload-Offset"] == str(len(data))


def test_bodies_have_the_bounds_of_ingest(scanner: Scanner) -> None:
    most = next(field.default for field in leaves(IngestSettings) if field.name == "max_body_bytes")
    assert f"client_max_body_size {most // MIB}m;" in (CONFIGURATION / "nginx.conf").read_text("utf-8")
    batch = scanner._http.post(scanner.path(), content=b" " * (65 * MIB), headers=scanner.headers)
    assert batch.status_code == 413


def test_events_come_as_they_happen(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(4_500), background=True))
        with listening(person, f"/api/v1/jobs/{job}/events") as stream, socket_of(person, job) as messages:
            assert json.loads(messages.recv(15))["status"] == "pending"
            wait_until(lambda: stream.events, 15, "an event while nothing ends")
            assert stream.documents[0]["status"] == "pending"
            wait_until(lambda: stream.comments, 15, "a sign of life")
    with listening(person, "/api/v1/events") as all_jobs:
        wait_until(lambda: all_jobs.events, 15, "what all of them are")


def test_pages_are_there_and_forms_are_of_this_site(person: Person) -> None:
    person.sign_in()
    page = person.get("/jobs")
    assert page.status_code == 200
    assert person.post("/preferences", "https://elsewhere.example", language="vi").status_code == 403
    assert person.post("/preferences", language="en").status_code in (200, 303)


def test_nobody_says_who_he_is_by_a_header(site: Site, nginx: Nginx) -> None:
    named = {"X-Auth-Request-User": "lan", "X-Auth-Request-Tenant": str(uuid.uuid4()), "X-Auth-Request-Groups": "staff"}
    past_nginx = httpx.get(f"{site.url}/jobs", headers=named, trust_env=False)
    assert past_nginx.status_code == 200  # the console would believe it
    assert httpx.get(f"{nginx.url}/jobs", headers=named, trust_env=False).status_code == 401


def test_a_reload_ends_nothing_that_was_begun(nginx: Nginx, site: Site, scanner: Scanner, person: Person) -> None:
    with SlowPost(nginx, scanner, scanner.path(), "application/json", batch_of(5_000)) as batch:
        with writer_stopped(site):
            job = job_of(scanner.post(several(10), background=True))
            with listening(person, f"/api/v1/jobs/{job}/events") as stream:
                wait_until(lambda: stream.events, 15, "an event")
                nginx.reload()
                seen = stream.comments
                wait_until(lambda: stream.comments > seen, 15, "the stream goes on")
        assert batch.finish() == 201


def test_probes_of_services_are_not_for_everybody(nginx: Nginx) -> None:
    found = {
        path: httpx.get(f"{nginx.url}{path}", trust_env=False).status_code for path in ("/livez", "/readyz", "/healthz")
    }
    assert found == {"/livez": 404, "/readyz": 404, "/healthz": 200}


def test_nothing_private_is_in_its_log(nginx: Nginx, scanner: Scanner) -> None:
    secret = bearer(scanner.tenant, scope=EVERYTHING)
    answer = scanner.get("/api/v1/inventory/recipients?q=Sao+Mai&access_token=x", Authorization=secret)
    asked = answer.headers["X-Request-ID"]
    wait_until(lambda: asked in nginx.access_log, 10, "its line")
    lines = [json.loads(line) for line in nginx.access_log.splitlines()]
    assert {"time", "method", "status", "seconds", "request_id", "upstream_status"} <= lines[-1].keys()
    for private in (str(scanner.tenant), secret.removeprefix("Bearer "), "Sao+Mai", "access_token"):
        assert private not in nginx.access_log
        assert private not in nginx.log


def test_where_no_ingest_is_nothing_else_is_lost(site: Site, scanner: Scanner, tmp_path: Path) -> None:
    """One that does not take connections costs no request: the other one is asked."""
    with socket.create_server((HOST, 0)) as taken:
        closed = f"http://{HOST}:{taken.getsockname()[1]}"
    with Nginx(tmp_path, {"ingest": [closed, site.ingest.url], "console": [site.url]}) as nginx:
        url = f"{nginx.url}{scanner.path()}"
        for _ in range(6):
            assert httpx.post(url, json={"recipients": several(1)}, headers=scanner.headers, trust_env=False).is_success
