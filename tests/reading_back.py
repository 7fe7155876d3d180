"""What other programs read in files that were made here: all of their text."""

import io
import re
import unicodedata
import zipfile
from typing import Any
from xml.etree import ElementTree

import pikepdf
from docx import Document


def texts_of_book(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = [parts.read(name) for name in sorted(parts.namelist()) if name.startswith("xl/worksheets/sheet")]
        assert all(b"<f>" not in sheet and b"<hyperlink" not in sheet for sheet in sheets)
    return "\n".join(text for sheet in sheets for text in ElementTree.fromstring(sheet).itertext())


def texts_of_word(file: bytes) -> str:
    body = Document(io.BytesIO(file)).element.body
    return "\n".join("".join(part.itertext()) for part in body.iter() if part.tag.endswith("}p"))


def texts_of_pages(file: bytes) -> list[str]:
    """By page; each glyph by the font's own table of what it stands for."""
    with pikepdf.Pdf.open(io.BytesIO(file)) as whole:
        return [_text_of(page) for page in whole.pages]


def _text_of(page: pikepdf.Page) -> str:
    shown: list[str] = []
    _read(page.obj, pikepdf.parse_content_stream(page), shown)
    return unicodedata.normalize("NFC", "".join(shown)).replace("\u200b", "")


def _read(owner: Any, instructions: Any, shown: list[str]) -> None:
    fonts: dict[int, str] = {}
    for operands, operator in instructions:
        match str(operator):
            case "Tf":
                fonts = _glyphs(owner.Resources.Font[operands[0]])
            case "Tj":
                shown.append(_spelt(bytes(operands[0]), fonts))
            case "TJ":
                shown += [_spelt(bytes(part), fonts) for part in operands[0] if isinstance(part, pikepdf.String)]
            case "Do":
                inner = owner.Resources.XObject[operands[0]]
                _read(inner, pikepdf.parse_content_stream(inner), shown)


def _glyphs(font: Any) -> dict[int, str]:
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = bytes.fromhex(text).decode("utf-16-be")
            for number in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + number] = start[:-1] + chr(ord(start[-1]) + number)
    return found


def _spelt(codes: bytes, glyphs: dict[int, str]) -> str:
    return "".join(glyphs.get(int.from_bytes(codes[at : at + 2], "big"), "") for at in range(0, len(codes), 2))
