"""What stands in front of a dossier: how complete it is, and what is missing."""

from collections.abc import Iterator

from libs.compliance.packages.content import Block, Column, Heading, Part, Rows, Table, Words
from libs.compliance.packages.wording import Wording
from libs.contracts.tasks.types.package import Completeness, MissingBox

COLUMNS = [10, 10, 70, 20, 20]
"""Widths of its columns in a workbook."""


def cover(wording: Wording, title: str, made_on: str, found: Completeness) -> Iterator[Block]:
    """The first page."""
    t = wording.t
    yield Part(t("COVER"), [t("COVER_TITLE"), title, made_on], columns=COLUMNS)
    yield Heading(t("COVER_FIGURE", percent=found.percent, filled=found.filled, boxes=found.boxes))
    yield Words(t("COVER_PERSON"))
    if not found.missing:
        yield Words(t("COVER_COMPLETE"))
        return
    yield Heading(t("COVER_MISSING"), 2)
    names = (("COVER_FORM", 2), ("COVER_BOX", 2), ("COVER_LABEL", 7), ("COVER_HOW_MANY", 3), ("COVER_RULE", 3))
    yield Table([Column(t(name), share) for name, share in names])
    yield Rows(
        [[t("FORM", form=box.form), box.box, box.label, _how_many(wording, box), box.rule] for box in found.missing]
    )


def _how_many(wording: Wording, box: MissingBox) -> str:
    """Of how many records a box says nothing; where there is no record at all, that."""
    if not box.of:
        return wording.t("COVER_NO_RECORD")
    return f"{wording.number(box.missing)}/{wording.number(box.of)}"
