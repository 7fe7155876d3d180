"""Runs all rules over a tenant's inventory, one at a time. One that fails is an outcome of its own; the others run."""

import psycopg

from libs.compliance.catalogue import Rule
from libs.compliance.running import FencedOffError, NotYetError
from libs.contracts.compliance.findings import today
from libs.contracts.tasks.types.rules import RuleOutcome, RulesResult, RulesState
from libs.tasks.context import Context
from libs.tasks.store import LeaseLostError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools

WAIT_S = 1.0
"""How often it looks whether it may go on: another run of the tenant's may be at work."""


def run(context: Context, tools: Tools) -> RulesResult:
    """Run them. Raises CancelledError between two rules, and within one."""
    try:
        return _run(context, tools)
    except FencedOffError as error:
        raise LeaseLostError from error
    except NotYetError:
        context.progress("wait", 0.0)
        context.park(WAIT_S)
        raise


def _run(context: Context, tools: Tools) -> RulesResult:
    rules = tools.rules.rules(context.task.tenant_id)
    state: RulesState | None = context.restored(RulesState)
    if state is None:
        tools.rules.forget_others(context.lease.values, rules)
        state = RulesState(today=today())
        context.checkpoint("check", 0.0, state, _counters(state, rules))
    for rule in rules:
        if rule.code not in {each.code for each in state.done}:
            state = _after(context, tools, rule, state, rules)
    return _result(state)


def _after(context: Context, tools: Tools, rule: Rule, state: RulesState, rules: list[Rule]) -> RulesState:
    """Where it stands after one more rule."""
    try:
        outcome = tools.rules.run(context.lease.values, rule, state.today, lambda: _is_unwanted(context))
    except psycopg.errors.QueryCanceled:
        context.stop_if_cancelled()
        raise
    crash_point("rules.after_rule")
    if outcome.error:
        context.log("RULE_FAILED", rule=rule.code, sqlstate=outcome.error)
    state = RulesState(today=state.today, done=[*state.done, outcome])
    context.checkpoint("check", len(state.done) / len(rules), state, _counters(state, rules))
    return state


def _is_unwanted(context: Context) -> bool:
    return context.cancelled.is_set() or context.lost.is_set() or context.leaving.is_set()


def _counters(state: RulesState, rules: list[Rule]) -> dict[str, int]:
    """For people; none of them counts records."""
    return {
        "rules": len(rules), "rules_done": len(state.done), "rules_failed": _failed(state.done),
        "findings": sum(each.found for each in state.done),
    }  # fmt: skip


def _result(state: RulesState) -> RulesResult:
    done = state.done
    found, new = sum(each.found for each in done), sum(each.new for each in done)
    return RulesResult(
        today=state.today, found=found, new=new, resolved=sum(each.resolved for each in done), still=found - new,
        failed=_failed(done), rules=done,
    )  # fmt: skip


def _failed(done: list[RuleOutcome]) -> int:
    return sum(each.error is not None for each in done)
