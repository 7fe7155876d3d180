"""`sluice schedules` and `sluice schedule`: what opens again and again, and when."""

from typing import Any

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import labelled, moment, print_json, print_table, printable, short_moment
from libs.contracts.tasks.schedules import DEFAULT_GRACE_S, DEFAULT_ZONE, Fire, Schedule
from libs.contracts.texts import said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
FIRES_SHOWN = 10


class Parameters(click.ParamType[dict[str, Any]]):
    """An object of JSON."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The object."""
        try:
            return msgspec.json.decode(value, type=dict[str, Any])
        except msgspec.MsgspecError:
            self.fail(said("PARAMETERS_NO_JSON"), param, ctx)


@click.command(help=said("HELP_SCHEDULES"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def schedules(client: SluiceClient, as_json: bool) -> None:
    """Print the tenant's schedules as a table, or as one JSON list."""
    found = client.schedules()
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_SCHEDULES"), err=True)
    else:
        names = ("SCHEDULE", "TYPE", "WHEN", "ZONE", "NEXT_AT", "LAST_RUN", "STATUS")
        print_table([said(name) for name in names], list(map(_row, found)))


@click.command(help=said("HELP_SCHEDULE"))
@click.argument("name")
@click.option("--type", "kind", help=said("OPTION_SCHEDULE_TYPE"))
@click.option("--when", help=said("OPTION_SCHEDULE_WHEN"))
@click.option("--parameters", type=Parameters(), default="{}", help=said("OPTION_SCHEDULE_PARAMETERS"))
@click.option("--zone", default=DEFAULT_ZONE, show_default=True, help=said("OPTION_SCHEDULE_ZONE"))
@click.option(
    "--grace",
    type=click.IntRange(min=0),
    default=DEFAULT_GRACE_S,
    show_default=True,
    help=said("OPTION_SCHEDULE_GRACE"),
)
@click.option("--pause/--resume", "paused", default=None, help=said("OPTION_SCHEDULE_PAUSE"))
@click.option("--run", "runs", is_flag=True, help=said("OPTION_SCHEDULE_RUN"))
@click.option("--delete", is_flag=True, help=said("OPTION_SCHEDULE_DELETE"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def schedule(
    client: SluiceClient,
    name: str,
    kind: str | None,
    when: str | None,
    parameters: dict[str, Any],
    zone: str,
    grace: int,
    paused: bool | None,
    runs: bool,
    delete: bool,
    as_json: bool,
) -> None:
    """Make, change, run or delete a schedule, and print what it is now."""
    if delete:
        client.delete_schedule(name)
        return
    if (kind is None) is not (when is None):
        raise click.UsageError(said("SCHEDULE_TYPE_AND_WHEN"))
    if kind and when:
        client.put_schedule(name, kind, when, parameters, zone=zone, grace_seconds=grace, paused=bool(paused))
    elif paused is not None:
        _pause(client, client.schedule(name).schedule, paused)
    if runs:
        client.run_schedule(name)
    story = client.schedule(name)
    if as_json:
        print_json(story)
        return
    click.echo(labelled(_facts(story.schedule)))
    if story.fires:
        click.echo()
        columns = [said(each) for each in ("DUE_AT", "LAST_RUN", "STATUS", "JOB")]
        print_table(columns, list(map(_fire, story.fires[:FIRES_SHOWN])))


def _pause(client: SluiceClient, found: Schedule, paused: bool) -> None:
    client.put_schedule(
        found.name, found.type, found.when, found.parameters, zone=found.zone, grace_seconds=found.grace_seconds,
        paused=paused,
    )  # fmt: skip


def _row(found: Schedule) -> list[str]:
    last = found.last
    return [
        found.name, found.type, printable(found.when), found.zone, _next(found),
        short_moment(last.fired_at) if last else "", _status(last),
    ]  # fmt: skip


def _facts(found: Schedule) -> list[tuple[str, str]]:
    return [
        ("SCHEDULE", found.name),
        ("TYPE", found.type),
        ("WHEN", f"{printable(found.when)} ({found.cron}), {found.zone}"),
        ("NEXT_AT", _next(found)),
        ("CREATED_BY", printable(found.created_by)),
        ("CREATED_AT", moment(found.created_at)),
    ]


def _next(found: Schedule) -> str:
    return said("PAUSED") if found.next_at is None else moment(found.next_at)


def _status(fire: Fire | None) -> str:
    if fire is None:
        return ""
    if fire.job_id is None:
        return said("MISSED", count=fire.missed) if fire.missed else said("SKIPPED")
    return said((fire.job_status or "pending").upper())


def _fire(fire: Fire) -> list[str]:
    return [moment(fire.due_at), moment(fire.fired_at), _status(fire), str(fire.job_id or "")]
