"""The command line without a server: where it finds its server and token, and how it says that something is missing."""

import sys
import uuid
from pathlib import Path

import click
import jwt
import pytest
from click.testing import CliRunner

from libs.client.answers import Reject
from libs.client.commands.command import EntryPointGroup, commands, main
from libs.client.commands.jobs import job, jobs
from libs.client.commands.options import find_token, find_url, signing
from libs.client.commands.records.push import push
from libs.client.commands.screen.display import error_lines, labelled, printable, table

TENANT = uuid.uuid4()


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SLUICE_URL", "SLUICE_TOKEN", "SLUICE_TOKEN_FILE", "SLUICE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EntryPointGroup:
    """The `sluice` group beside a real distribution that adds two commands, of which one lacks a module."""
    info = tmp_path / "probe-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[sluice.commands]\nprobe = probe_command:probe\nlacking = probe_lacking:probe\n"
    )
    (tmp_path / "probe_command.py").write_text(
        "import click\n@click.command()\n@click.argument('how')\n@click.pass_context\ndef probe(ctx, how):\n"
        "    if how == 'interrupt':\n        raise KeyboardInterrupt\n    ctx.exit(int(how))\n"
    )
    (tmp_path / "probe_lacking.py").write_text("import a_module_that_nobody_has\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return main


def test_a_source_tree_has_its_commands_without_being_installed() -> None:
    assert {"push", "jobs", "job", "up", "token"} <= set(commands())


@pytest.mark.parametrize(("how", "status"), [("0", 0), ("1", 1), ("interrupt", 130)])
def test_a_command_is_found_and_its_exit_status_kept(installed: EntryPointGroup, how: str, status: int) -> None:
    assert CliRunner().invoke(installed, ["probe", how]).exit_code == status


def test_help_lists_commands_without_importing_them(installed: EntryPointGroup) -> None:
    result = CliRunner().invoke(installed, ["--help"])

    assert result.exit_code == 0
    assert "probe" in result.output
    assert "lacking" in result.output
    assert "probe_lacking" not in sys.modules


def test_a_part_that_is_not_installed_is_named_with_the_fix(installed: EntryPointGroup) -> None:
    result = CliRunner().invoke(installed, ["lacking"])

    assert result.exit_code == 1
    assert "a_module_that_nobody_has" in result.output
    assert 'pip install "sluice[local]"' in result.output


@pytest.mark.parametrize("arguments", [["fly"], ["probe"], ["--wrong"]])
def test_a_wrong_command_line_is_answered_in_one_language(
    installed: EntryPointGroup, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, sentence, other in (("en", "The command line is not valid", "Dòng"), ("vi", "Dòng lệnh", "valid")):
        monkeypatch.setenv("SLUICE_LANG", language)
        result = CliRunner().invoke(installed, arguments)
        assert result.exit_code == 2
        assert sentence in result.output
        assert other not in result.output


def test_the_url_comes_from_the_environment_or_from_the_running_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stack.json").write_text('{"ingest_url": "http://127.0.0.1:8080", "pids": {}}')
    assert find_url(tmp_path) == "http://127.0.0.1:8080"

    monkeypatch.setenv("SLUICE_URL", "https://sluice.example")
    assert find_url(tmp_path) == "https://sluice.example"


def test_the_token_comes_from_the_options_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", "from.the.environment")
    (tmp_path / "token").write_text("from.the.file\n")

    assert find_token("from.the.option", tmp_path / "token", None, tmp_path) == "from.the.option"
    source = find_token(None, tmp_path / "token", None, tmp_path)
    assert callable(source)
    assert source() == "from.the.file\n"
    assert find_token(None, None, None, tmp_path) == "from.the.environment"

    monkeypatch.setenv("SLUICE_TOKEN_FILE", str(tmp_path / "token"))
    with pytest.raises(click.UsageError, match="SLUICE_TOKEN and SLUICE_TOKEN_FILE"):
        find_token(None, None, None, tmp_path)
    monkeypatch.delenv("SLUICE_TOKEN")
    source = find_token(None, None, None, tmp_path)
    assert callable(source)
    assert source() == "from.the.file\n"


@pytest.mark.parametrize("arguments", [["migrate"], ["audit", "verify"], ["config", "adopt", "--redis-url=redis://h"]])
def test_a_command_reads_an_address_from_a_file(arguments: list[str], tmp_path: Path) -> None:
    path = tmp_path / "dsn"
    path.write_text("postgresql://h:QZ7")
    environ = {"SLUICE_DATABASE_URL_FILE": str(path), "SLUICE_LANG": "en"}

    read = CliRunner().invoke(main, arguments, env=environ)
    assert "SLUICE_DATABASE_URL is no address" in read.output
    assert "QZ7" not in read.output
    twice = CliRunner().invoke(main, arguments, env={**environ, "SLUICE_DATABASE_URL": "postgresql://h"})
    assert (twice.exit_code, "SLUICE_DATABASE_URL and SLUICE_DATABASE_URL_FILE" in twice.output) == (2, True)


def test_a_token_is_signed_with_the_secret_of_the_stack(tmp_path: Path) -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    (tmp_path / "token-secret").write_bytes(secret)

    claims = jwt.decode(signing(tmp_path / "token-secret", TENANT)(), secret, algorithms=["HS256"], audience="sluice")

    assert claims["iss"] == "sluice"
    assert claims["tenant"] == str(TENANT)
    assert claims["scope"] == "ingest:write jobs:read jobs:write rejects:read inventory:read"
    assert 0 < claims["exp"] - claims["iat"] <= 300


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        (push, ["a"], "--entity"),
        (push, ["a", "--entity", "invoices"], "invoices"),
        (push, ["a", "--entity", "recipients"], "No token"),
        (push, ["a", "--entity", "recipients", "--token", "a.b.c"], "No server is named"),
        (push, ["a", "--entity", "recipients", "--token", "a.b.c", "--url", "h"], "The URL must begin"),
        (push, ["none.ndjson", "--entity", "recipients", "--token", "a.b.c", "--url", "http://h"], "none.ndjson"),
        (jobs, ["--tenant", str(TENANT), "--url", "http://h"], "token-secret"),
        (job, ["not-a-uuid"], "not-a-uuid"),
        (job, [str(TENANT), "--cancel", "--retry", "all", "--token", "a.b.c", "--url", "http://h"], "--cancel"),
    ],
)
def test_what_is_missing_is_named_and_the_exit_status_is_2(
    command: click.Command, arguments: list[str], says: str
) -> None:
    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 2
    assert says in result.output


def test_a_file_is_not_overwritten_with_its_own_rejects(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text("{}\n")

    result = CliRunner().invoke(
        push, ["a.ndjson", "--entity", "recipients", "--token", "a.b.c", "--url", "http://h", "--rejects", "./a.ndjson"]
    )

    assert result.exit_code == 2
    assert (tmp_path / "a.ndjson").read_text() == "{}\n"


def reject(position: int, pointer: str) -> Reject:
    return Reject(
        position=position, id=None, external_id=None, code="UNKNOWN_MEMBER", pointer=pointer, error="en", error_vi="vi",
        stage="validate",
    )  # fmt: skip


def test_an_error_is_worded_once() -> None:
    lines = list(error_lines((n, reject(n, "/colour")) for n in (3, 4)))[1:]

    assert [line.split() for line in lines] == [
        ["3", "/colour", "UNKNOWN_MEMBER"],
        ["en"],
        ["4", "/colour", "UNKNOWN_MEMBER"],
    ]


def test_a_pointer_cannot_steer_the_terminal() -> None:
    assert not any("\x1b" in line for line in error_lines([(3, reject(3, "/\x1b[2J"))]))
    assert printable("Việt Nam") == "Việt Nam"


def test_tables_are_aligned() -> None:
    assert table(["a", "số"], [["xyz", "1"], ["é", "100"]], right=[1]) == "a     số\nxyz    1\né    100"
    assert labelled([("TOTAL", "1"), ("CREATED", "2")]).splitlines()[1].endswith("  2")
