"""What a package says, in its language: blocks in their order, whatever file is made of them."""

import msgspec
from msgspec import Struct


class Gap(Struct, frozen=True, tag_field="is", tag="gap"):
    """Something that nobody has said yet; files mark it."""

    text: str
    rule: str
    """What asks for it: the code of a rule, or else the place in a form."""


Cell = str | Gap


class Column(Struct, frozen=True):
    """One column of a table."""

    title: str
    share: int
    """Its width, among those of the others."""
    brief: bool = True
    """Whether paper has room for it; a workbook has all of them."""
    number: bool = False
    """Whether it holds numbers, which stand below one another by their ends."""


class Tick(Struct, frozen=True):
    """A small box of a form that is ticked, or is not."""

    text: str
    ticked: bool


class Part(Struct, frozen=True, tag_field="is", tag="part"):
    """Something new begins: a page, or a sheet of a workbook."""

    sheet: str
    """The sheet's name, short."""
    title: list[str]
    """Lines in its middle; the first is the largest."""
    wide: bool = False
    """Whether its tables want a page that lies on its side."""
    columns: list[int] = []
    """Widths of its sheet's columns, in characters, where a form's do not fit."""


class Sides(Struct, frozen=True, tag_field="is", tag="sides"):
    """Two columns of short lines, as letters begin and end with."""

    left: list[str]
    right: list[str]


class Heading(Struct, frozen=True, tag_field="is", tag="heading"):
    """A heading; at level 0 it is in the middle, as a letter's."""

    text: str
    level: int = 1


class Words(Struct, frozen=True, tag_field="is", tag="words"):
    """A paragraph."""

    text: str
    form: bool = False
    """Whether the form says so to whoever fills it in."""
    lead: bool = False
    """Whether it leads to what follows, and stands on the same page."""


class Box(Struct, frozen=True, tag_field="is", tag="box"):
    """A numbered box of a form, with what stands in it."""

    number: str
    label: str
    value: Cell


class Ticks(Struct, frozen=True, tag_field="is", tag="ticks"):
    """Boxes of which some are ticked."""

    ticks: list[Tick]


class Table(Struct, frozen=True, tag_field="is", tag="table"):
    """A table begins; its rows are the `Rows` that follow at once."""

    columns: list[Column]


class Rows(Struct, frozen=True, tag_field="is", tag="rows"):
    """Some rows of the table before."""

    rows: list[list[Cell]]


class Person(Struct, frozen=True, tag_field="is", tag="person"):
    """Room for what only a person can say."""

    text: str


class Picture(Struct, frozen=True, tag_field="is", tag="picture"):
    """A picture, for pages that have room for one: a workbook and a Word file are without."""

    svg: str
    text: str
    """What it shows, for those who do not see it."""


Block = Part | Sides | Heading | Words | Box | Ticks | Table | Rows | Person | Picture

encode_lines = msgspec.json.Encoder().encode_lines
decode_line = msgspec.json.Decoder(Block).decode
