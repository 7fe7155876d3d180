"""`sluice audit`."""

import uuid
from collections.abc import Iterable
from typing import TextIO

import click
import psycopg

from libs.contracts.texts import said
from libs.database.audit.check import Break, Chain, auditor, check, outside, tenants
from libs.database.audit.trail import Head
from libs.database.server.session import reason_of
from libs.options import AddressOption
from libs.settings import variable


@click.group(help=said("COMMAND_AUDIT"))
def audit() -> None:
    """Look after the audit trail."""


@audit.command(help=said("HELP_AUDIT_VERIFY"))
@click.option(
    "--database-url", cls=AddressOption, envvar=variable("database_url"), required=True,
    help=said("OPTION_AUDIT_DATABASE"),
)  # fmt: skip
@click.option("--tenant", type=click.UUID, help=said("OPTION_AUDIT_TENANT"))
@click.option("--heads", type=click.File(), help=said("OPTION_AUDIT_HEADS"))
def verify(database_url: str, tenant: uuid.UUID | None, heads: TextIO | None) -> None:
    """Print each chain's head to standard output and what is wrong to standard error; exit status 1 if anything is."""
    noted = _noted(heads or (), tenant)
    try:
        with auditor(database_url) as connection:
            seen = tenants(connection, tenant)
            chains = [_checked(check(connection, each, noted.get(each))) for each in sorted({*seen, *noted})]
            rest = outside(connection, tenant)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except psycopg.Error as error:
        raise click.ClickException(said("AUDIT_UNREADABLE", reason=reason_of(error))) from error
    if any(chain.broken for chain in chains):
        raise SystemExit(1)
    entries = sum(chain.head.seq for chain in chains)
    click.echo(said("AUDIT_WHOLE", entries=entries, chains=len(chains), outside=rest), err=True)


def _checked(chain: Chain) -> Chain:
    if chain.broken:
        click.echo(_said(chain.broken), err=True)
    elif chain.head.seq:
        click.echo(f"{chain.tenant_id} {chain.head.seq} {chain.head.hash.hex()}")
    return chain


def _said(broken: Break) -> str:
    return said(f"AUDIT_{broken.kind}", tenant=broken.tenant_id, seq=broken.seq)


def _noted(lines: Iterable[str], tenant: uuid.UUID | None) -> dict[uuid.UUID, Head]:
    """Heads as an earlier run has printed them, by tenant. Raises click.BadParameter."""
    noted = {}
    for line in filter(str.strip, lines):
        try:
            name, seq, digest = line.split()
            noted[uuid.UUID(name)] = Head(int(seq), bytes.fromhex(digest))
        except ValueError:
            raise click.BadParameter(said("AUDIT_NO_HEAD"), param_hint="--heads") from None
    return {name: head for name, head in noted.items() if tenant in (None, name)}
