"""What a workbook says of itself: its sheets, the epoch of its dates, and which number formats are dates."""

import re

from msgspec import Struct

from libs.files.failures import UnreadableError
from libs.files.readers.xlsx.package import Package

BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Number formats that ECMA-376, 18.8.30 defines as dates or times, East Asian ones included."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)


class Sheet(Struct, frozen=True):
    """One sheet."""

    name: str
    part: str
    """Its name within the package."""
    hidden: bool


class Workbook(Struct, frozen=True):
    """A workbook's own words."""

    sheets: list[Sheet]
    since_1904: bool
    date_styles: frozenset[int]
    """Indexes of cell styles whose numbers are dates."""
    strings: str | None = None
    """The part that holds the shared strings."""

    def sheet(self, name: str) -> Sheet:
        """A sheet by its name."""
        return next(sheet for sheet in self.sheets if sheet.name == name)


def read_workbook(package: Package) -> Workbook:
    """Read the workbook's parts but for its cells. Raises UnreadableError."""
    book = _root(package)
    targets = _targets(package, book)
    found: list[tuple[str, str, bool]] = []
    dates: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            found.append((attributes.get("name", ""), link, attributes.get("state", "visible") != "visible"))
        elif name == "workbookPr":
            dates.append(attributes.get("date1904", "0"))

    package.parse(book, start)
    parts = {target.link: target.part for target in targets if target.kind == "worksheet"}  # not charts, not dialogues
    kinds = {target.kind: target.part for target in targets}
    sheets = [Sheet(name, parts[link], hidden) for name, link, hidden in found if link in parts]
    return Workbook(
        sheets,
        since_1904=dates[:1] in (["1"], ["true"]),
        date_styles=_date_styles(package, kinds.get("styles")),
        strings=kinds.get("sharedStrings"),
    )


def _root(package: Package) -> str:
    """The main part, as the package's own relations name it (most often `xl/workbook.xml`)."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            found.append(attributes.get("Target", "").lstrip("/"))

    package.parse("_rels/.rels", start)
    if not found or not package.has(found[0]):
        raise UnreadableError("FILE_DAMAGED")
    return found[0]


class _Target(Struct, frozen=True):
    """A part that a workbook refers to."""

    link: str
    kind: str
    """The last word of its relation's type."""
    part: str


def _targets(package: Package, book: str) -> list[_Target]:
    folder, _, name = book.rpartition("/")
    targets: list[_Target] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship":
            target = attributes.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
            targets.append(_Target(attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], part))

    package.parse(f"{folder}/_rels/{name}.rels".lstrip("/"), start)
    return targets


def _date_styles(package: Package, part: str | None) -> frozenset[int]:
    if part is None or not package.has(part):
        return frozenset()
    formats = set(BUILT_IN_DATES)
    styles: list[int] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt" and is_date(attributes.get("formatCode", "")):
            formats.add(int(attributes.get("numFmtId", "0")))
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            styles.append(int(attributes.get("numFmtId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and name != "cellXfs"

    package.parse(part, start, end)
    return frozenset(index for index, number in enumerate(styles) if number in formats)


def is_date(code: str) -> bool:
    """Whether a number format shows a date or a time: it has their letters outside of quotes and brackets."""
    return bool(_DATE_LETTERS.search(_QUOTED.sub("", code).partition(";")[0])) and code.lower() != "general"
