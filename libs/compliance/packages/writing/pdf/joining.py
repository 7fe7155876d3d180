"""Some pages and some more become one document, in which each says which one it is, and of how many."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pikepdf

from libs.compliance.packages.writing.order import WHOLE, Order
from libs.compliance.packages.writing.pdf.typesetting import NUMBERS, typeset


def join(folder: Path, names: Sequence[str], order: Order) -> int:
    """Join files of a folder to `whole.pdf` there; how many pages it has."""
    with pikepdf.Pdf.new() as whole:
        for name in names:
            whole.pages.extend(pikepdf.Pdf.open(folder / name).pages)
        _number(whole, folder, order)
        whole.docinfo["/Title"] = order.title
        whole.docinfo["/CreationDate"] = f"D:{order.made:%Y%m%d}000000Z"
        whole.docinfo["/Producer"] = "Sluice"
        generate = pikepdf.ObjectStreamMode.generate
        whole.save(folder / WHOLE, deterministic_id=True, object_stream_mode=generate)
        return len(whole.pages)


def _number(whole: pikepdf.Pdf, folder: Path, order: Order) -> None:
    """Lay upon each page another that has its number alone: how many there are is known only now."""
    wide = [float(page.mediabox[2]) > float(page.mediabox[3]) for page in whole.pages]
    (folder / "numbers.json").write_bytes(msgspec.json.encode(wide))
    (folder / "numbers.pdf").write_bytes(typeset(NUMBERS, folder, "numbers.json", order))
    with pikepdf.Pdf.open(folder / "numbers.pdf") as numbers:
        for page, number in zip(whole.pages, numbers.pages, strict=True):
            _lay_upon(whole, page, number)


def _lay_upon(whole: pikepdf.Pdf, page: pikepdf.Page, number: pikepdf.Page) -> None:
    """Show a page upon another. pikepdf's own way gives it a name by chance, and so other bytes each time."""
    page.add_resource(whole.copy_foreign(number.as_form_xobject()), pikepdf.Name.XObject, pikepdf.Name.Number)
    page.contents_add(b"q", prepend=True)
    page.contents_add(b"Q q /Number Do Q")
