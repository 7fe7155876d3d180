"""Forgets what is old: kind by kind and tenant by tenant, in small transactions. The audit trail is none of it."""

import datetime
import time
import uuid
from functools import partial

import msgspec

from libs.contracts.tasks.types.upkeep.retention import RetentionResult, RetentionState
from libs.database.queries import QUERIES
from libs.database.tenants import all_tenants
from libs.tasks.context import Context
from libs.telemetry.process.crashpoints import crash_point
from services.processor.forgetting.steps import STEPS, Forgetting, Step
from services.processor.tools import Tools

COUNTED_S = 60.0
"""How long it is waited for that the statistics have counted what is to be forgotten."""
LOOK_EVERY_S = 0.5
A_DAY = datetime.timedelta(days=1)
"""By less than this a job's clock is behind the ledger's."""


def run(context: Context, tools: Tools) -> RetentionResult:
    """Forget it."""
    state: RetentionState = context.restored(RetentionState) or RetentionState()
    tenants, waits = all_tenants(tools.pool), False
    for step in STEPS:
        if step.name in state.done:
            continue
        before = _moment(context, tools, step)
        if step.name == "jobs" and not _may_go(context, tools, before):
            waits = True
            context.log("LEDGER_WAITS")
            continue
        state = _noted(context, state, step, _forget(context, tools, step, tenants, before))
    return RetentionResult(**msgspec.structs.asdict(state.forgotten), ledger_waits=waits)


def _moment(context: Context, tools: Tools, step: Step) -> datetime.datetime:
    """The beginning of a day (UTC), counted from when the task was opened: each run of it forgets the same."""
    midnight = context.task.created_at.astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=step.days(tools.settings.retention))


def _forget(
    context: Context, tools: Tools, step: Step, tenants: list[uuid.UUID], before: datetime.datetime
) -> int:  # fmt: skip
    forgotten = 0
    for number, tenant in enumerate(tenants):
        settle = partial(context.progress, step.name, number / len(tenants))
        forgotten += Forgetting(tools.pool, step, tenant, before).run(settle)
    return forgotten


def _noted(context: Context, state: RetentionState, step: Step, count: int) -> RetentionState:
    forgotten = msgspec.structs.replace(state.forgotten, **{step.name: count})
    state = RetentionState(done=[*state.done, step.name], forgotten=forgotten)
    crash_point("retention.after_step")
    context.checkpoint(step.name, 1.0, state)
    return state


def _may_go(context: Context, tools: Tools, before: datetime.datetime) -> bool:
    """Have statistics count these days for the last time; False where that cannot be had now."""
    with tools.pool.connection() as connection:
        row = connection.execute(QUERIES["freeze_ledger"], {"before": before + A_DAY}).fetchone()
    assert row is not None
    values = {"before": row[0], "transaction": row[1]}
    until = time.monotonic() + COUNTED_S
    while time.monotonic() < until:
        with tools.pool.connection() as connection:
            counted = connection.execute(QUERIES["ledger_is_counted"], values).fetchone()
        if counted and counted[0]:
            return True
        context.cancelled.wait(LOOK_EVERY_S)
        context.progress("jobs", 0.0)
    return False
