"""Each image, made by its own lines in a root of its own, is booted as its user, who can write below /tmp alone."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.deploy.installation import container
from tests.deploy.installation.images import Image, Images
from tests.integration.service_process import RECIPIENT, ServiceProcess
from tests.servers import with_database
from tests.signing import SECRET, bearer
from tests.waiting import wait_until

pytestmark = [pytest.mark.deploy, pytest.mark.skipif(bool(container.why_not()), reason=container.why_not())]

LOGINS = {
    "ingest": "sluice_ingest",
    "writer": "sluice_writing",
    "processor": "sluice_processing",
    "console": "sluice_console",
}
PASSWORD = "only-here"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """All of them, each made when a test asks for it."""
    return Images(_reachable(tmp_path_factory.mktemp("images")))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with secrets, which the images see as they would a volume, and one for files, which is theirs."""
    folder = _reachable(tmp_path_factory.mktemp("volume"))
    (folder / "files").mkdir()
    os.chown(folder / "files", container.USER, container.USER)
    (folder / "token-secret").write_bytes(SECRET)
    return folder


@pytest.fixture(scope="module")
def settings(postgres: PostgresServer, valkey: ValkeyServer, shared: Path) -> Iterator[dict[str, str]]:
    """What all services are told. The database is an empty one."""
    name = f"images_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        )
    (shared / "owner").write_text(with_database(postgres.url, name))
    (shared / "redis").write_text(valkey.url + "\n")
    yield {
        "SLUICE_REDIS_URL_FILE": f"{shared}/redis",
        "SLUICE_NAMESPACE": name,
        "SLUICE_TOKEN_SECRET_FILE": f"{shared}/token-secret",
        "SLUICE_FILES_URL": f"file://{shared}/files",
    }
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def migrated(images: Images, settings: dict[str, str], shared: Path, postgres: PostgresServer) -> dict[str, str]:
    """The same settings once the image for commands has made the schema, and each login has its password."""
    ran = said_by(images.make("command"), shared, ["migrate"], SLUICE_DATABASE_URL_FILE=f"{shared}/owner")
    assert "0001" in ran, ran
    owner = (shared / "owner").read_text()
    with psycopg.connect(owner, autocommit=True) as connection:
        for service, login in LOGINS.items():
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(PASSWORD))
            )
            url = postgres.url_of(login, PASSWORD).rpartition("/")[0]
            (shared / f"database-{service}").write_text(f"{url}/{connection.info.dbname}\n")
    return settings


def _reachable(folder: Path) -> Path:
    """The folder, which another user may look into; pytest keeps those above it for itself."""
    for each in (folder, *folder.parents[:3]):
        each.chmod(each.stat().st_mode | 0o011)
    folder.chmod(0o755)
    return folder


def command_of(image: Image, shared: Path, arguments: list[str], **environ: str) -> tuple[str, ...]:
    """What a container of this image would run, and all of its environment."""
    given = {**image.environ, **environ}
    program = [*image.entrypoint, *(arguments or image.command)]
    variables = [f"{name}={value}" for name, value in given.items()]
    assert image.user == f"{container.USER}:{container.USER}"
    return tuple(container.inside(image.root, image.directory, ["env", "-i", *variables, *program], shared=[shared]))


def said_by(image: Image, shared: Path, arguments: list[str], **environ: str) -> str:
    """What a command of the image says. Raises AssertionError where it fails."""
    ran = subprocess.run(command_of(image, shared, arguments, **environ), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def free_binds(image: Image) -> dict[str, str]:
    """Where it may listen: the image's own ports are everybody's here, since its network is the machine's."""
    return {name: f"{HOST}:{free_port()}" for name in image.environ if name.endswith("_BIND")}


class Service:
    """A service of an image that runs; `url` is that of its probes."""

    def __init__(
        self, images: Images, name: str, shared: Path, settings: dict[str, str], folder: Path, **more: str
    ) -> None:
        image = images.make(name)
        ports = free_binds(image)
        environ = {**settings, **ports, "SLUICE_DATABASE_URL_FILE": f"{shared}/database-{name}"}
        self.process = ServiceProcess(command_of(image, shared, [], **environ), folder)
        self.url = f"http://{ports.get(f'SLUICE_{name.upper()}_BIND', ports['SLUICE_METRICS_BIND'])}"
        self.metrics_url = f"http://{ports['SLUICE_METRICS_BIND']}/metrics"


@pytest.fixture(scope="module")
def services(
    images: Images, shared: Path, migrated: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Service]]:
    """All four, ready."""
    folder = tmp_path_factory.mktemp("logs")
    with ExitStack() as running:
        started = {}
        for name in LOGINS:
            started[name] = Service(images, name, shared, migrated, folder)
            running.enter_context(started[name].process)
        for service in started.values():
            service.process.wait_ready(service.url)
        yield started


@pytest.mark.parametrize("name", LOGINS)
def test_a_service_boots_from_its_image_and_is_ready(services: dict[str, Service], name: str) -> None:
    assert httpx.get(f"{services[name].url}/livez", trust_env=False).status_code == 200
    shown = httpx.get(services[name].metrics_url, trust_env=False).text
    assert "sluice_build_info" in shown


def test_they_work_together(services: dict[str, Service]) -> None:
    tenant = uuid.uuid4()
    headers = {"Authorization": bearer(tenant)}
    with httpx.Client(base_url=services["ingest"].url, headers=headers, timeout=60, trust_env=False) as api:
        path = f"/api/v1/tenants/{tenant}/batch/recipients"
        assert api.post(path, json={"recipients": [RECIPIENT]}).status_code == 201
        file = {"file": ("r.csv", b"name_vi,recipient_type\nSao Mai,processor\n")}
        answer = api.post("/api/v1/jobs/load", files=file, data={"entity": "recipients"})
        assert answer.status_code == 202, answer.text
        job: dict[str, Any] = {}

        def ended() -> bool:
            job.update(api.get(f"/api/v1/jobs/{answer.json()['id']}").json())
            return job["status"] in ("completed", "failed", "cancelled")

        wait_until(ended, 60, "the load ends")
        assert job["status"] == "completed", job


@pytest.mark.parametrize("name", [*LOGINS, "command"])
def test_an_image_is_written_by_nobody(images: Images, shared: Path, name: str) -> None:
    image = images.make(name)
    probe = "touch /sluice/x /x /etc/x 2>/dev/null; id -u; ls /sluice /tmp"
    command = container.inside(image.root, "/", ["sh", "-c", probe], shared=[shared])
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    assert said[0] == str(container.USER)
    assert "x" not in said


@pytest.mark.parametrize("name", LOGINS)
def test_what_an_image_lacks_is_said(images: Images, shared: Path, name: str) -> None:
    image = images.make(name)
    ran = subprocess.run(
        command_of(image, shared, [], **free_binds(image)), capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert "SLUICE_REDIS_URL" in ran.stdout + ran.stderr


@pytest.mark.parametrize("service", LOGINS)
def test_commands_check_each_service(images: Images, shared: Path, migrated: dict[str, str], service: str) -> None:
    given = {**migrated, "SLUICE_DATABASE_URL_FILE": f"{shared}/database-{service}"}
    said = said_by(images.make("command"), shared, ["config", "check", service], **given)
    assert PASSWORD not in said


def test_a_processor_has_what_backups_take(tmp_path: Path, shared: Path) -> None:
    """Where it is asked for, as compose.yaml does."""
    processor = Images(_reachable(tmp_path), EXTRAS="backup").make("processor")
    for program in ("pg_dump", "pg_restore"):
        assert " 18." in said_by(processor, shared, [f"/sluice/postgresql/{program}", "--version"])


def test_a_token_is_signed_with_the_secret_of_an_installation(
    services: dict[str, Service], images: Images, shared: Path
) -> None:
    tenant = str(uuid.uuid4())
    arguments = ["token", "--tenant", tenant, "--data-dir", str(shared)]
    token = said_by(images.make("command"), shared, arguments).strip()
    url = f"{services['ingest'].url}/api/v1/jobs"
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).status_code == 200


def test_every_command_is_complete_in_its_image(images: Images, shared: Path) -> None:
    """All that `sluice` has, but for what makes the stack on one machine."""
    script = (
        "from importlib.metadata import entry_points\n"
        "for command in entry_points(group='sluice.commands'): print(command.name, command.load().name)"
    )
    image = images.make("command")
    command = container.inside(image.root, image.directory, ["/sluice/bin/python", "-c", script], shared=[shared])
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "migrate migrate" in ran.stdout.splitlines()
