"""`sluice rules`, `sluice findings` and `sluice deadlines`: how the inventory answers the law."""

import sys
from pathlib import Path

import click

from libs.client.client import SluiceClient
from libs.client.commands.options import Failure, with_client
from libs.client.commands.screen.display import clipped, print_json, print_table, printable
from libs.client.commands.screen.following import finished
from libs.contracts.compliance.findings import ORGANISATION, SEVERITIES, STATES, Deadline, FindingView, RuleView
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import chosen, said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
WIDEST = 60
EXIT_NOT_ALL_DONE = 1


@click.command(help=said("HELP_RULES"))
@click.argument("action", type=click.Choice(["list", "run"]), default="list")
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def rules(client: SluiceClient, action: str, as_json: bool) -> None:
    """Run the rules and say what came of it, or list how they went; the exit status is 1 where a rule failed."""
    result = (finished(client, client.start("rules", {}).id, "").result or {}) if action == "run" else None
    found = client.rules()
    if as_json:
        print_json(found if result is None else result)
    else:
        columns = ("RULE", "SEVERITY", "FINDINGS_COUNT", "NEW", "RESOLVED", "WHAT_IS_WRONG")
        told = [each for each in found if result is None or each.found or each.error]
        print_table([said(name) for name in columns], list(map(_rule, told)), right=(2, 3, 4))
    if result is None:
        return
    names = ("found", "new", "still", "resolved", "failed")
    click.echo(said("RULES_CAME", **{name: result.get(name, 0) for name in names}), err=True)
    if result.get("failed"):
        sys.exit(EXIT_NOT_ALL_DONE)


@click.command(help=said("HELP_FINDINGS"))
@click.option("--severity", type=click.Choice(list(SEVERITIES)), help=said("OPTION_SEVERITY"))
@click.option("--code", help=said("OPTION_CODE"))
@click.option("--article", help=said("OPTION_ARTICLE"))
@click.option("--entity", type=click.Choice([*ENTITIES, ORGANISATION]), help=said("OPTION_FINDING_ENTITY"))
@click.option("--state", type=click.Choice(list(STATES)), help=said("OPTION_FINDING_STATE"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_FINDING_LIMIT"))
@click.option("--csv", "save_to", type=click.Path(path_type=Path), help=said("OPTION_FINDINGS_CSV"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def findings(
    client: SluiceClient,
    severity: str | None,
    code: str | None,
    article: str | None,
    entity: str | None,
    state: str | None,
    limit: int,
    save_to: Path | None,
    as_json: bool,
) -> None:
    """Print findings as a table or as one JSON list, or write all of them to a file."""
    filters = {"severity": severity, "code": code, "article": article, "entity": entity, "state": state}
    if save_to:
        _save(client, save_to, filters)
        return
    found = list(client.findings(limit=limit, **filters))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_FINDINGS"), err=True)
    else:
        columns = ("RULE", "SEVERITY", "STATE", "NAME", "RECORD", "WHAT_IS_WRONG")
        print_table([said(name) for name in columns], list(map(_finding, found)))


@click.command(help=said("HELP_DEADLINES"))
@click.option("--days", type=click.IntRange(min=0), help=said("OPTION_DAYS"))
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help=said("OPTION_FINDING_LIMIT"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def deadlines(client: SluiceClient, days: int | None, limit: int, as_json: bool) -> None:
    """Print what is due as a table, or as one JSON list."""
    found = list(client.deadlines(days=days, limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_DEADLINES"), err=True)
    else:
        columns = ("DUE_AT", "DAYS_LEFT", "NAME", "WHAT_IS_WRONG")
        print_table([said(name) for name in columns], list(map(_deadline, found)), right=(1,))


def _save(client: SluiceClient, path: Path, filters: dict[str, str | None]) -> None:
    try:
        with path.open("wb") as target:
            client.save_findings(target, **filters)
    except OSError as error:
        raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None


def _rule(rule: RuleView) -> list[str]:
    text = rule.error or chosen(rule.text, rule.text_vi)
    return [rule.code, rule.severity, f"{rule.found:,}", f"{rule.new:,}", f"{rule.resolved:,}", _short(text)]


def _finding(finding: FindingView) -> list[str]:
    name = chosen(finding.name_en or finding.name_vi or "", finding.name_vi or "")
    return [
        finding.code, finding.severity, finding.state, _short(name, WIDEST // 2), str(finding.record_id),
        _short(chosen(finding.text, finding.text_vi)),
    ]  # fmt: skip


def _deadline(deadline: Deadline) -> list[str]:
    name = chosen(deadline.name_en or deadline.name_vi or "", deadline.name_vi or "")
    text = chosen(deadline.text, deadline.text_vi)
    return [str(deadline.due_on), str(deadline.days_left), _short(name, WIDEST // 2), _short(text)]


def _short(text: str, width: int = WIDEST) -> str:
    return clipped(printable(text), width)
