"""A form that is being filled in: its blocks in their order, and what is missing."""

from collections.abc import Iterable, Iterator
from typing import Any

from libs.compliance.packages.content import Block, Box, Cell, Gap, Heading, Part, Person, Table, Tick, Ticks, Words
from libs.compliance.packages.plain import plain
from libs.compliance.packages.wording import Wording
from libs.contracts.tasks.types.package import Completeness, MissingBox

Later = Iterable[Block]
"""Blocks that are made only when they are written: rows by the thousand."""


class Form:
    """One form. What is asked by `ask` and `survey` counts for how complete it is."""

    def __init__(self, name: str, wording: Wording) -> None:
        self.name = name
        self.wording = wording
        self.t = wording.t
        self.missing: list[MissingBox] = []
        self.boxes = 0
        self._blocks: list[Block | Later] = []

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            if isinstance(block, Block):
                yield block
            else:
                yield from block

    def part(self, sheet: str, *title: str, wide: bool = False) -> None:
        """Begin something new."""
        self._blocks.append(Part(sheet, list(title), wide))

    def heading(self, text: str, level: int = 1) -> None:
        """Say what follows."""
        self._blocks.append(Heading(text, level))

    def words(self, text: str, *, form: bool = False) -> None:
        """Say something, or what the form says to whoever fills it in."""
        self._blocks.append(Words(text, form))

    def person(self, text: str = "") -> None:
        """Leave room for a person."""
        self._blocks.append(Person(text or self.t("PERSON")))

    def add(self, *blocks: Block | Later) -> None:
        """Add anything else."""
        self._blocks.extend(blocks)

    def ask(self, number: str, label: str, value: Any, rule: str = "") -> None:
        """A box that one fact fills, or a gap."""
        self.boxes += 1
        rule = rule or self.place(number)
        if value in (None, ""):
            self.missing.append(self._missing(number, label, rule, 1, 1))
            self._blocks.append(Box(number, label, Gap(self.t("GAP"), rule)))
        else:
            self._blocks.append(Box(number, label, self.wording.value(value)))

    def fact(self, number: str, label: str, value: Cell) -> None:
        """A box that does not count."""
        self._blocks.append(Box(number, label, value))

    def survey(self, number: str, label: str, missing: int, of: int, rule: str = "") -> None:
        """A box that many records fill together: it is a gap where one of them says nothing, or where there is none."""
        self.boxes += 1
        if not missing and of:
            return
        rule = rule or self.place(number)
        self.missing.append(self._missing(number, label, rule, missing, of))
        text = (
            self.t("GAP_OF", missing=self.wording.number(missing), of=self.wording.number(of)) if of else self.t("GAP")
        )
        self._blocks.append(Box(number, label, Gap(text, rule)))

    def tick(self, *ticks: tuple[str, bool]) -> None:
        """Small boxes."""
        self._blocks.append(Ticks([Tick(text, ticked) for text, ticked in ticks]))

    def choice(self, number: str, label: str, answer: bool | None, rule: str = "") -> None:
        """A question of yes or no."""
        self.ask(number, label, None if answer is None else answer, rule)

    def table(self, table: Table, rows: Later) -> None:
        """A table with rows that are read when they are written."""
        self._blocks.append(table)
        self._blocks.append(rows)

    def place(self, number: str) -> str:
        """A box as what asks for itself: `Mẫu 10 I.2`."""
        return f"{self.t('FORM', form=self.name)} {number}".strip()

    def gap(self, value: Any, rule: str) -> Cell:
        """A cell of a table: a text, or a gap, which is counted elsewhere."""
        return Gap(self.t("GAP_SHORT"), rule) if value in (None, "", []) else self.wording.value(value)

    def _missing(self, number: str, label: str, rule: str, missing: int, of: int) -> MissingBox:
        return MissingBox(form=self.name, box=number, label=plain(label), rule=rule, missing=missing, of=of)


def completeness(*forms: Form) -> Completeness:
    """How far forms are filled."""
    boxes = sum(form.boxes for form in forms)
    missing = [box for form in forms for box in form.missing]
    return Completeness(boxes=boxes, filled=boxes - len(missing), missing=missing)
