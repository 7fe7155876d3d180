"""The rows of one sheet where its XML is as plain as programs write it: told by a pattern, faster than events.

The pattern has to account for every character of some whole rows; where it does not (comments, CDATA, prefixes, rich
text within cells, …), the sheet is left to the events from there on.
"""

import re
from collections.abc import Callable

from libs.files.failures import UnreadableError
from libs.files.readers.xlsx.cells import COLUMNS, Values
from libs.files.readers.xlsx.rows import Rows
from libs.files.readers.xlsx.strings import LONGEST

_TOKEN = re.compile(
    r"""(\s*(?:
        <c\ r="([A-Z]{1,3})[0-9]+"((?:\ [a-z]+="[^"<>&]*")*)
            (?:/>|>(?:<f(?:[^<>]*/>|[^<>]*>[^<]*</f>))?
                (?:<v>([^<]*)</v>|<is><t(?:\ xml:space="preserve")?>([^<]*)</t></is>)?</c>)
        |<row\ r="([0-9]+)"[^<>]*>
        |</row>))""",
    re.VERBOSE | re.ASCII,
)
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w+));|&")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_MOST_KNOWN = 10_000


class PlainRows:
    """Takes rows out of the text of whole rows."""

    def __init__(self, values: Values, rows: Rows) -> None:
        self._values = values
        self._rows = rows
        self._kinds: dict[str, tuple[str, str]] = {}

    def take(self, text: str) -> bool:
        """Take the rows of a text; False, and nothing taken, where it is not plain."""
        found = _TOKEN.findall(text)
        if sum([len(whole) for whole, *_ in found]) != len(text):
            return False
        self._take(found, self._values.text if "&" not in text and "\r" not in text else self._resolved)
        return True

    def _take(self, found: list[tuple[str, ...]], text_of: Callable[[str, str, str], str]) -> None:
        rows, kinds, string_of = self._rows, self._kinds, self._values.string
        cells: list[str] = []
        wanted, too_long = False, False
        for _, letters, attributes, value, inline, number in found:
            if letters:
                data = value or inline
                if not data or not wanted:
                    continue
                column = COLUMNS.get(letters, -1)
                kind, style = kinds.get(attributes) or self._kind(attributes)
                text = string_of(data) if kind == "s" else text_of(kind, style, data)
                missing = column - len(cells)
                if missing == 0:
                    cells.append(text)
                elif missing > 0:
                    cells += [""] * missing
                    cells.append(text)
                elif column >= 0:
                    cells[column] = text
                if len(text) > LONGEST:
                    too_long = True
            elif number:
                rows.begin(number)
                cells, wanted, too_long = [], rows.number >= rows.first, False
            elif cells:
                rows.add(cells, too_long=too_long)
                cells = []

    def _kind(self, attributes: str) -> tuple[str, str]:
        named = dict(_ATTRIBUTE.findall(attributes))
        if len(self._kinds) > _MOST_KNOWN:
            self._kinds.clear()
        found = self._kinds[attributes] = (named.get("t", "n"), named.get("s", ""))
        return found

    def _resolved(self, kind: str, style: str, value: str) -> str:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        return self._values.text(kind, style, _REFERENCE.sub(_character, value))


def _character(match: "re.Match[str]") -> str:
    """The character that a reference stands for; XML without a document type knows five by name."""
    wide, decimal, name = match.groups()
    try:
        found = chr(int(wide, 16) if wide else int(decimal)) if wide or decimal else _NAMED[name]
    except (KeyError, ValueError, OverflowError) as error:
        raise UnreadableError("FILE_DAMAGED") from error
    if found == "\0" or "\ud800" <= found <= "\udfff":  # no character of XML: events end there, too
        raise UnreadableError("FILE_DAMAGED")
    return found
