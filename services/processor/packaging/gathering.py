"""Gathers what a package says, from the inventory as it is at one moment."""

from collections.abc import Iterator

from msgspec import Struct

from libs.compliance.packages.content import Block, Rows
from libs.compliance.packages.dossiers.dossier import dossier
from libs.compliance.packages.findings import findings
from libs.compliance.packages.reading import Snapshot, Snapshots
from libs.compliance.packages.register import register
from libs.compliance.packages.wording import Wording
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.package import Completeness, PackageParameters, PackageState
from libs.tasks.context import Context
from services.processor.packaging.content import Content

STAGE = "gather"


class Gathered(Struct, frozen=True):
    """What a package is about."""

    records: dict[str, int]
    completeness: Completeness | None


def gather(context: Context, snapshots: Snapshots, content: Content, state: PackageState) -> Gathered:
    """Write all of it. Raises Refusal, psycopg.Error, CancelledError."""
    parameters: PackageParameters = context.parameters
    with snapshots.of(context.task.tenant_id) as taken:
        records = {name: taken.count(entity) for name, entity in ENTITIES.items()}
        wording = Wording(parameters.language)
        blocks, completeness = _blocks(taken, wording, parameters, state)
        content.write(_watched(context, blocks, sum(records.values())))
    return Gathered(records, completeness)


def _blocks(
    taken: Snapshot, wording: Wording, parameters: PackageParameters, state: PackageState
) -> tuple[Iterator[Block], Completeness | None]:
    made_on = wording.t("MADE_ON", date=wording.date(state.made_on))
    if parameters.package == "register":
        return register(taken, wording, parameters, made_on), None
    if parameters.package == "findings":
        return findings(taken, wording, made_on), None
    return dossier(taken, wording, parameters.package, made_on)


def _watched(context: Context, blocks: Iterator[Block], total: int) -> Iterator[Block]:
    """The same blocks, while people see how far it is, and may cancel it."""
    done = 0
    for block in blocks:
        if isinstance(block, Rows):
            done += len(block.rows)
        context.progress(STAGE, done / max(total, 1))
        yield block
