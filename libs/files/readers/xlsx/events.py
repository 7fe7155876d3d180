"""The rows of one sheet, from the events of its XML, whatever XML that is.

Every cell costs five of these calls, so they are closures.
"""

from libs.files.failures import UnreadableError
from libs.files.readers.xlsx.cells import COLUMNS, Values
from libs.files.readers.xlsx.package import Handlers
from libs.files.readers.xlsx.rows import Rows
from libs.files.readers.xlsx.strings import LONGEST

DEEPEST = 64
"""Elements within one another, of those that are not looked at."""


def handlers_of(values: Values, rows: Rows) -> Handlers:  # noqa: C901, PLR0915 -- one state, no calls
    """What collects a sheet's rows while its XML is parsed."""
    row_tag, cell_tag, phonetic_tag, taken_tags = "row", "c", "rPh", frozenset(("v", "t"))
    depth = 0
    column = -1
    kind = style = value = ""
    cells: list[str] = []
    in_row = in_cell = taking = phonetic = too_long = rooted = False
    text_of, columns, first = values.text, COLUMNS, rows.first

    def root(name: str) -> None:
        nonlocal row_tag, cell_tag, phonetic_tag, taken_tags, rooted
        rooted = True
        if ":" in name:
            prefix = name.partition(":")[0]
            row_tag, cell_tag, phonetic_tag = f"{prefix}:row", f"{prefix}:c", f"{prefix}:rPh"
            taken_tags = frozenset((f"{prefix}:v", f"{prefix}:t"))

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal column, kind, style, value, taking, in_cell, in_row, cells, depth, phonetic, too_long
        if name == cell_tag:
            reference = attributes.get("r")
            if reference is None:
                column += 1
            else:
                column = columns.get(reference.rstrip("0123456789"), -1)
            kind, style = attributes.get("t", "n"), attributes.get("s", "")
            value = ""
            if in_cell:
                raise UnreadableError("FILE_DAMAGED")
            in_cell = True
        elif name in taken_tags:
            if taking:
                raise UnreadableError("FILE_DAMAGED")
            taking = not phonetic
        elif name == row_tag:
            rows.begin(attributes.get("r", ""))
            if in_row:
                raise UnreadableError("FILE_DAMAGED")
            in_row, column, cells, too_long = True, -1, [], False
        else:
            if not rooted:
                root(name)
            depth += 1
            phonetic = phonetic or name == phonetic_tag
            if depth > DEEPEST:
                raise UnreadableError("FILE_TOO_COMPLEX")

    def text(data: str) -> None:
        nonlocal value
        if taking and len(value) <= LONGEST:
            value += data

    def end(name: str) -> None:
        nonlocal taking, in_cell, in_row, depth, phonetic, too_long
        if name == cell_tag:
            in_cell = False
            if value and column >= 0 and rows.number >= first:
                found = text_of(kind, style, value)
                missing = column - len(cells)
                if missing == 0:
                    cells.append(found)
                elif missing > 0:
                    cells.extend([""] * missing)
                    cells.append(found)
                else:
                    cells[column] = found
                too_long = too_long or len(found) > LONGEST
        elif name in taken_tags:
            taking = False
        elif name == row_tag:
            in_row = False
            if cells:
                rows.add(cells, too_long=too_long)
        else:
            depth -= 1
            phonetic = phonetic and name != phonetic_tag

    return Handlers(start, end, text)
