"""Runs rules over a tenant's inventory and keeps what they find, rule by rule: each in a transaction of its own.

What is written is fenced: it is committed only while the run holds its lease.
"""

import datetime
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.compliance.catalogue import CATALOGUE, Rule, in_order
from libs.compliance.own_rules import rule_of
from libs.contracts.compliance.own_rules import OwnRule
from libs.contracts.tasks.types.rules import RuleOutcome
from libs.database.nodes.away import node_is_away
from libs.database.queries import QUERIES
from libs.database.server.local import set_local

log = structlog.get_logger()

Values = dict[str, Any]
LOOK_EVERY_S = 0.25
"""How often a rule that runs is looked after: it is broken off once nobody wants it."""
AS_SETS = {"enable_nestloop": "off", "work_mem": "32MB", "jit": "off"}
"""A rule looks at all that a tenant has, so what it reads is joined as sets: where nobody has counted the tables yet, a
plan that looks every row up in every other would be taken for the cheapest."""


class FencedOffError(Exception):
    """The run has lost its lease: what it was about to write is not written."""


class NotYetError(Exception):
    """Another run of the tenant's is at work: one goes before the other, by when they were begun."""


class RuleRuns:
    """What a processor does with rules. Every method raises psycopg.Error while PostgreSQL is away.

    `lease` names tenant, task and token.
    """

    def __init__(self, pool: ConnectionPool, timeout_s: int) -> None:
        self._pool = pool
        self._timeout_s = timeout_s

    def rules(self, tenant_id: uuid.UUID) -> list[Rule]:
        """All rules of a tenant, the gravest first."""
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(QUERIES["read_own_rules"], {"tenant": tenant_id, "code": None}).fetchall()
        return all_rules(rows)

    def forget_others(self, lease: Values, rules: list[Rule]) -> None:
        """Forget what was found by rules that are no more. Raises FencedOffError, NotYetError."""
        values = {**lease, "rules": [rule.code for rule in rules]}
        with self._pool.connection() as connection, connection.transaction():
            _take_turn(connection, lease)
            connection.execute(QUERIES["drop_findings_of_other_rules"], values)
            connection.execute(QUERIES["drop_states_of_other_rules"], values)
            _hold(connection, lease)

    def run(self, lease: Values, rule: Rule, today: datetime.date, stopped: Callable[[], bool]) -> RuleOutcome:
        """Run a rule, unless this run has done so; what goes wrong with it is its outcome.

        It is broken off where it takes too long, or once it is `stopped`: then psycopg.errors.QueryCanceled is
        raised. Raises FencedOffError, NotYetError.
        """
        values = {**rule.values, **lease, "rule": rule.code, "today": today}
        began = time.monotonic()
        try:
            with self._pool.connection() as connection, connection.transaction():
                _take_turn(connection, lease)
                if known := _known(connection, values):
                    return known
                with _watched(connection, stopped):
                    return self._compare(connection, lease, rule, values, began)
        except psycopg.Error as error:
            if stopped() or not _is_its_own(error):
                raise
            return self._failed(lease, values, error, time.monotonic() - began)

    def _compare(
        self, connection: psycopg.Connection[Any], lease: Values, rule: Rule, values: Values, began: float
    ) -> RuleOutcome:
        set_local(connection, {"statement_timeout": f"{self._timeout_s}s", **AS_SETS})
        statement = sql.SQL(QUERIES["compare_findings"]).format(rule=rule.statement)
        with connection.cursor(row_factory=dict_row) as cursor:
            counts = cursor.execute(statement, values).fetchone()
        assert counts is not None
        noted = {**counts, "seconds": time.monotonic() - began}
        connection.execute(QUERIES["note_rule"], {**values, **noted})
        _hold(connection, lease)
        return _outcome(rule.code, noted)

    def _failed(self, lease: Values, values: Values, error: psycopg.Error, seconds: float) -> RuleOutcome:
        """Note that a rule did not go through. A text of PostgreSQL may hold a value: its code is all that is kept."""
        code = error.sqlstate or type(error).__name__
        log.warning("rule_failed", rule=values["rule"], code=code)
        noted = {**values, "error": code, "seconds": seconds}
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(QUERIES["note_failed_rule"], noted)
            _hold(connection, lease)
        return RuleOutcome(code=values["rule"], seconds=round(seconds, 3), error=code)


def all_rules(own: list[DictRow]) -> list[Rule]:
    """The rules of the law and those that a tenant has made, the gravest first."""
    made = (rule_of(msgspec.convert({name: row[name] for name in OwnRule.__struct_fields__}, OwnRule)) for row in own)
    return in_order([*CATALOGUE.values(), *filter(None, made)])


def _take_turn(connection: psycopg.Connection[Any], lease: Values) -> None:
    """Keep all other runs of the tenant away until the transaction ends. Raises NotYetError."""
    row = connection.execute(QUERIES["take_rules_turn"], lease).fetchone()
    if row != (True,):
        raise NotYetError


def _known(connection: psycopg.Connection[Any], values: Values) -> RuleOutcome | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(QUERIES["rule_of_run"], values).fetchone()
    return _outcome(values["rule"], row) if row else None


def _outcome(code: str, row: dict[str, Any]) -> RuleOutcome:
    if row.get("error"):
        return RuleOutcome(code=code, seconds=round(row["seconds"], 3), error=row["error"])
    return RuleOutcome(
        code=code, found=row["found"], new=row["opened"], resolved=row["resolved"], seconds=round(row["seconds"], 3)
    )


def _hold(connection: psycopg.Connection[Any], lease: Values) -> None:
    """Keep the lease until the transaction is committed. Raises FencedOffError."""
    if connection.execute(QUERIES["hold_lease"], lease).fetchone() is None:
        raise FencedOffError


def _is_its_own(error: psycopg.Error) -> bool:
    """Whether it is the statement that went wrong, and not the way to PostgreSQL or to one of its nodes."""
    return error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P")) and not node_is_away(error)


@contextmanager
def _watched(connection: psycopg.Connection[Any], stopped: Callable[[], bool]) -> Iterator[None]:
    """Break off what runs on a connection once it is stopped."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_EVERY_S):
            if stopped():
                with suppress(psycopg.Error):
                    connection.cancel_safe()
                return

    watch = threading.Thread(target=look, name="rule-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
