"""Reports on some days: reads what has happened, and makes the files."""

import datetime
from functools import partial
from typing import get_args

from msgspec.structs import replace

from libs.compliance.packages.wording import Wording
from libs.compliance.packages.writing.order import Order
from libs.compliance.reports.facts import together
from libs.compliance.reports.report import found_in, report
from libs.contracts.tasks.types.package import FileFormat
from libs.contracts.tasks.types.report import ReportFormat, ReportParameters, ReportResult, ReportState
from libs.tasks.context import Context
from services.processor.packaging.content import Content
from services.processor.packaging.running import Plan, asked_on, make_files
from services.processor.tools import Tools

ORDER: tuple[FileFormat, ...] = ("html", "pdf")
"""The quickest first."""


def run(context: Context, tools: Tools) -> ReportResult:
    """Make all files."""
    parameters: ReportParameters = context.parameters
    wording = Wording(parameters.language)

    def gathered(content: Content, state: ReportState) -> ReportState:
        facts = tools.facts.facts(context.task.tenant_id, state.since, state.until, state.made_on)
        content.write(report(facts, wording))
        records = together([day.records for day in facts.days])
        return replace(state, records=records, findings=found_in(facts), deadlines=facts.deadlines)

    state = make_files(
        context,
        tools.files,
        context.restored(ReportState) or _begun(context),
        Plan(
            gather=gathered, order=partial(_order, wording), name=partial(_name_of, wording),
            formats=[kind for kind in ORDER if kind in parameters.formats],
        ),
    )  # fmt: skip
    files = sorted(state.files, key=lambda file: get_args(ReportFormat).index(file.format))
    return ReportResult(
        since=state.since, until=state.until, language=parameters.language, records=state.records,
        findings=state.findings, deadlines=state.deadlines, files=files,
    )  # fmt: skip


def _begun(context: Context) -> ReportState:
    """The days that are asked for, or the last whole week before the day on which somebody asked."""
    asked, parameters = asked_on(context.task), context.parameters
    monday = asked - datetime.timedelta(days=asked.weekday() + 7)
    return ReportState(
        made_on=asked, since=parameters.since or monday, until=parameters.until or monday + datetime.timedelta(days=6)
    )


def _name_of(wording: Wording, state: ReportState, ending: str) -> str:
    return f"report-{state.since:%Y-%m-%d}-{state.until:%Y-%m-%d}-{wording.language}.{ending}"


def _order(wording: Wording, state: ReportState) -> Order:
    return Order(
        title=wording.t("TITLE_REPORT"), language=wording.language, cut=wording.t("ROWS_CUT", rows="{rows}"),
        number=wording.t("PAGE_NUMBER", page="{page}", pages="{pages}"), made=state.made_on,
    )  # fmt: skip
