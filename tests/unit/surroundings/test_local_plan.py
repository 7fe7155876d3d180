"""What the embedded stack hands on to its services, without starting any."""

from pathlib import Path

import pytest

from deploy.local.data_dir.layout import Layout
from deploy.local.data_dir.ports import Ports
from deploy.local.errors import StackError
from deploy.local.plan import Plan, StackOptions, make_plan

ADDRESSES = {"SLUICE_DATABASE_URL": "postgresql://u:p@db/sluice", "SLUICE_REDIS_URL": "redis://cache"}


def plan_with(folder: Path, **environ: str) -> Plan:
    """A plan of one service of each kind."""
    options = StackOptions(
        data_dir=folder, ingest_port=0, console_port=0, writers=1, processors=1, environ={"PATH": "/bin", **environ}
    )
    with Ports(folder / "ports.json") as ports:
        return make_plan(options, Layout(folder), ports, print)


def test_an_address_that_a_file_holds_replaces_an_embedded_server(tmp_path: Path) -> None:
    named = {f"{name}_FILE": str(tmp_path / name) for name in ADDRESSES}
    for name, address in ADDRESSES.items():
        (tmp_path / name).write_text(f"{address}\n")
    plan = plan_with(tmp_path, **named)
    assert plan.servers == []
    for service in plan.services:
        environ = service.environ or {}
        assert environ.items() >= ADDRESSES.items()
        assert not environ.keys() & named.keys()  # which would be said twice


def test_an_address_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="SLUICE_DATABASE_URL_FILE"):
        plan_with(tmp_path, SLUICE_DATABASE_URL_FILE=str(tmp_path / "nothing"))
