"""Schedules of the system that are there without anybody's making them.

Each is offered once, by the first processor that can run its jobs: what people make of it afterwards stays, also that
it is gone.
"""

import datetime
from collections.abc import Collection
from typing import Any

from msgspec import Struct
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.tasks.schedules import DEFAULT_ZONE, SYSTEM_TENANT
from libs.contracts.tasks.types.upkeep.tenants import TENANTS
from libs.database.queries import QUERIES
from libs.tasks.schedules.times import cron_of, next_after

GRACE_S = 12 * 3_600
"""They are of the night; a machine that is switched on in the morning makes up for them."""


class Default(Struct, frozen=True):
    """A schedule as it is offered; its name is its type's."""

    type: str
    when: str
    each_tenant: bool = False
    """Whether every tenant has such a job opened, instead of one for all."""


DEFAULTS = (
    Default("backup", "daily 02:00"),
    Default("retention", "daily 03:00"),
    Default("rules", "daily 05:00", each_tenant=True),
    Default("report", "monday 08:00", each_tenant=True),
)


def offer(pool: ConnectionPool, types: Collection[str], now: datetime.datetime) -> list[str]:
    """Make those of them that were never offered and whose jobs can be run; returns their names.

    The pool's role is `sluice_processor`. Raises psycopg.Error.
    """
    return [each.type for each in DEFAULTS if each.type in types and _offered(pool, each, now)]


def _offered(pool: ConnectionPool, default: Default, now: datetime.datetime) -> bool:
    kind, parameters = _opens(default)
    cron = cron_of(default.when)
    values = {
        "tenant": SYSTEM_TENANT, "name": default.type, "type": kind, "parameters": Jsonb(parameters),
        "told": default.when, "cron": cron, "zone": DEFAULT_ZONE, "grace_s": GRACE_S,
        "due_at": next_after(cron, DEFAULT_ZONE, now),
    }  # fmt: skip
    with pool.connection() as connection, connection.transaction():
        if connection.execute(QUERIES["note_offered"], values).fetchone() is None:
            return False
        return connection.execute(QUERIES["offer_schedule"], values).fetchone() is not None


def _opens(default: Default) -> tuple[str, dict[str, Any]]:
    if default.each_tenant:
        return TENANTS.name, {"type": default.type, "parameters": {}}
    return default.type, {}
