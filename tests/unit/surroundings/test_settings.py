"""Settings: every fault at once, nothing empty taken for something, no password in a log."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct
from psycopg.conninfo import make_conninfo

from libs.settings import SettingsError, leaves, load, redacted, variable
from services.console.settings import ConsoleSettings
from services.ingest.settings import IngestSettings
from services.processor.settings import ProcessorSettings
from services.writer.settings import WriterSettings
from tests.root import ROOT

NEEDED = {
    "SLUICE_REDIS_URL": "redis://h",
    "SLUICE_DATABASE_URL": "postgresql://h",
    "SLUICE_TOKEN_SECRET_FILE": "/run/secret",
}
SERVICES: list[type[Struct]] = [IngestSettings, WriterSettings, ProcessorSettings, ConsoleSettings]


class Sample(Struct, frozen=True, kw_only=True):
    """A setting of each kind."""

    redis_url: str
    database_url: str
    threads: Annotated[int, Meta(ge=1, le=64)] = 3
    careful: bool = False
    share: float = 0.5
    note: str = ""


def test_a_variable_is_the_field_in_capitals_behind_the_prefix() -> None:
    assert variable("redis_url") == "SLUICE_REDIS_URL"


def test_values_are_read_as_what_the_field_is() -> None:
    environ = {**NEEDED, "SLUICE_THREADS": "8", "SLUICE_CAREFUL": "true", "SLUICE_SHARE": "1", "SLUICE_NOTE": "8"}
    assert load(Sample, environ) == Sample(
        redis_url="redis://h", database_url="postgresql://h", threads=8, careful=True, share=1.0, note="8"
    )


def test_every_fault_is_named_at_once() -> None:
    environ = {"SLUICE_REDIS_URL": "", "SLUICE_THREADS": "many", "SLUICE_CAREFUL": "perhaps", "SLUICE_SHARE": "half"}
    with pytest.raises(SettingsError) as raised:
        load(Sample, environ)
    faults = str(raised.value).split("; ")
    assert [fault.split()[0].rstrip(":") for fault in faults] == [
        "SLUICE_REDIS_URL", "SLUICE_DATABASE_URL", "SLUICE_THREADS", "SLUICE_CAREFUL", "SLUICE_SHARE",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["0", "65", "-1", "1.5", " 3", "3 ", "0x3", "nan", "null", "3;"])
def test_a_number_out_of_its_range_is_a_fault(value: str) -> None:
    with pytest.raises(SettingsError, match="SLUICE_THREADS"):
        load(Sample, {**NEEDED, "SLUICE_THREADS": value})


def test_a_fault_names_the_variable_and_never_its_value() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Sample, {**NEEDED, "SLUICE_THREADS": "s3cr3t"})
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_variable_is_an_unset_one(service: type[Struct]) -> None:
    empty = {variable(field.name): "" for field in leaves(service)}
    assert load(service, {**empty, **NEEDED}) == load(service, NEEDED)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_required_is_named_where_it_is_missing(service: type[Struct]) -> None:
    with pytest.raises(SettingsError) as raised:
        load(service, {"PATH": "/bin"})
    for field in leaves(service):
        assert (f"{variable(field.name)} is required" in str(raised.value)) == field.required


@pytest.mark.parametrize("service", SERVICES)
def test_every_address_may_be_given_by_a_file(service: type[Struct], tmp_path: Path) -> None:
    values = {"redis": "redis://h", "database": "postgresql://h", "webhook": "https://h/"}
    addresses = {name: values.get(name.split("_")[-2], "") for name in map(_name, leaves(service)) if "_url" in name}
    given = {name: value or "https://h" for name, value in addresses.items()} | {"webhook_secret_file": "x"}
    direct = {variable(name): value for name, value in given.items()}
    by_file = {f"{variable(name)}_FILE": str(tmp_path / name) for name in addresses}
    for name in addresses:
        (tmp_path / name).write_text(given[name] + "\r\n" * (name == "redis_url"))
    rest = {name: value for name, value in direct.items() if not name.endswith("_URL")}
    others = {"SLUICE_TOKEN_SECRET_FILE": "x", "SLUICE_AI_MODEL": "x"}
    assert {"redis_url", "database_url"} <= set(addresses)
    assert load(service, by_file | rest | others) == load(service, direct | others)


def _name(field: Any) -> str:
    name: str = field.name
    return name


def test_a_password_in_a_file_keeps_its_spaces(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("password=' x ' \n")
    assert load(Sample, {**NEEDED, "SLUICE_DATABASE_URL": "", "SLUICE_DATABASE_URL_FILE": str(tmp_path / "dsn")}) == (
        Sample(redis_url="redis://h", database_url="password=' x ' ")
    )


@pytest.mark.parametrize(("content", "words"), [
    (None, "SLUICE_REDIS_URL_FILE: .*/address cannot be read"),
    (b"", "SLUICE_REDIS_URL_FILE: .*/address is empty"),
    (b"\n", "SLUICE_REDIS_URL_FILE: .*/address is empty"),
    (b"\xff", "SLUICE_REDIS_URL_FILE: .*/address cannot be read .UTF-8"),
])  # fmt: skip
def test_a_file_that_says_nothing_is_named(content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "address").write_bytes(content)
    environ = {"SLUICE_REDIS_URL_FILE": str(tmp_path / "address"), "SLUICE_THREADS": "0"}
    with pytest.raises(SettingsError, match=f"{words}.*SLUICE_DATABASE_URL is required, or .*_FILE.*SLUICE_THREADS"):
        load(Sample, environ)


def test_an_address_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("redis://:s3cr3t@h")
    with pytest.raises(SettingsError, match="SLUICE_REDIS_URL and SLUICE_REDIS_URL_FILE are both set") as raised:
        load(Sample, {**NEEDED, "SLUICE_REDIS_URL_FILE": str(tmp_path / "address")})
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize(("service", "kind"), [(WriterSettings, "writer"), (ProcessorSettings, "processor")])
def test_a_worker_without_a_name_has_one_of_its_own(service: type[Struct], kind: str) -> None:
    code = (
        f"import os; from libs.settings import load; from services.{kind}.settings import {service.__name__} as s; "
        f"print(load(s, os.environ).{kind}_name, end='')"
    )
    environ = {"PATH": os.environ["PATH"], **NEEDED}
    names = {
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE).stdout
        for _ in range(2)
    }
    host = socket.gethostname()[-40:].encode()
    assert len(names) == 2
    assert all(name.startswith(kind.encode() + b"-" + host) and len(name) < 63 - len("sluice-") for name in names)


@pytest.mark.parametrize("service", SERVICES)
def test_settings_cannot_be_changed(service: type[Struct]) -> None:
    made = load(service, NEEDED)
    with pytest.raises(AttributeError):
        made.redis_url = "redis://other"  # type: ignore[attr-defined]


def test_somebodys_tokens_must_count() -> None:
    without = {name: value for name, value in NEEDED.items() if "TOKEN" not in name}
    with pytest.raises(SettingsError, match="SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL"):
        load(IngestSettings, without)
    for name in ("SLUICE_JWKS_FILE", "SLUICE_JWKS_URL"):
        load(IngestSettings, {**without, name: "x"})


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("level", ["verbose", "10", "info ", "info\n", "notset"])
def test_a_level_that_logging_does_not_know_is_a_fault(service: type[Struct], level: str) -> None:
    with pytest.raises(SettingsError, match="SLUICE_LOG_LEVEL"):
        load(service, {**NEEDED, "SLUICE_LOG_LEVEL": level})


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("level", ["info", "INFO", "Warning"])
def test_a_level_may_be_written_either_way(service: type[Struct], level: str) -> None:
    load(service, {**NEEDED, "SLUICE_LOG_LEVEL": level})


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"]), max_size=8).map(
    lambda text: f"Q7{text}7Q"
)


def plain(secret: str) -> str:
    """A password that a URL may hold as it is."""
    return quote(secret, safe="")


@given(secrets)
@example("Q7p@ss:w/rd?#7Q")
@example("Q7a b&c'd\\e7Q")
@settings(deadline=None, max_examples=80)
def test_no_password_is_logged_whatever_form_the_address_has(secret: str) -> None:
    addresses: list[str] = [
        f"redis://:{plain(secret)}@host:6379/0",
        f"rediss://user:{plain(secret)}@host:6379/0?ssl_cert_reqs=none",
        f"redis://:{secret.replace('&', '')}@host",
        f"redis://host:6379?db=0&password={plain(secret)}&timeout=1",
        f"postgresql://user:{plain(secret)}@one:5432,two:5432/db",
        f"postgresql://host/db?user=me&password={plain(secret)}",
        make_conninfo(host="host", user="me", password=secret),
        make_conninfo(host="host", sslpassword=secret, dbname="db"),
        "host=host password = '" + secret.replace("\\", "\\\\").replace("'", "\\'") + "' user=me",
    ]
    for address in addresses:
        shown: Any = redacted(Sample(redis_url=address, database_url=address))["SLUICE_REDIS_URL"]
        assert "Q7" not in shown
        assert "7Q" not in shown
        assert "host" in shown or "one" in shown


def test_what_is_no_password_is_shown() -> None:
    shown = redacted(Sample(redis_url="redis://me:x@host:1/0", database_url="host=h user=u password=x dbname=d"))
    assert shown["SLUICE_REDIS_URL"] == "redis://me:***@host:1/0"
    assert shown["SLUICE_DATABASE_URL"] == "host=h user=u password=*** dbname=d"
    assert shown["SLUICE_THREADS"] == 3
    assert redacted(Sample(redis_url="redis://me@h", database_url="redis://h"))["SLUICE_REDIS_URL"] == "redis://me@h"
