"""Makes the files of a package."""

from functools import partial
from typing import get_args

from msgspec.structs import replace

from libs.compliance.packages.wording import Wording
from libs.compliance.packages.writing.order import Order
from libs.contracts.tasks.types.package import PackageFormat, PackageParameters, PackageResult, PackageState
from libs.tasks.context import Context
from services.processor.packaging.content import Content
from services.processor.packaging.gathering import gather
from services.processor.packaging.running import Plan, asked_on, make_files
from services.processor.tools import Tools

ORDER: tuple[PackageFormat, ...] = ("xlsx", "docx", "pdf")
"""The quickest first."""


def run(context: Context, tools: Tools) -> PackageResult:
    """Make all files."""
    parameters: PackageParameters = context.parameters

    def gathered(content: Content, state: PackageState) -> PackageState:
        found = gather(context, tools.snapshots, content, state)
        return replace(state, records=found.records, completeness=found.completeness)

    state = make_files(
        context,
        tools.files,
        context.restored(PackageState) or PackageState(made_on=asked_on(context.task)),
        Plan(
            gather=gathered, order=partial(_order, parameters), name=partial(_name_of, parameters),
            formats=[kind for kind in ORDER if kind in parameters.formats],
        ),
    )  # fmt: skip
    files = sorted(state.files, key=lambda file: get_args(PackageFormat).index(file.format))
    return PackageResult(
        package=parameters.package, language=parameters.language, made_on=state.made_on, records=state.records,
        completeness=state.completeness, files=files,
    )  # fmt: skip


def _name_of(parameters: PackageParameters, state: PackageState, ending: str) -> str:
    return f"{parameters.package}-{state.made_on:%Y-%m-%d}-{parameters.language}.{ending}"


def _order(parameters: PackageParameters, state: PackageState) -> Order:
    wording = Wording(parameters.language)
    return Order(
        title=wording.t(f"TITLE_{parameters.package.upper().replace('-', '_')}"), language=parameters.language,
        number=wording.t("PAGE_NUMBER", page="{page}", pages="{pages}"), cut=wording.t("ROWS_CUT", rows="{rows}"),
        made=state.made_on,
    )  # fmt: skip
