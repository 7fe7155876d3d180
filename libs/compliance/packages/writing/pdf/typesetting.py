"""PDF by typst: a template of ours, and data that is never markup."""

import datetime
from pathlib import Path

import typst

from libs.compliance.packages.writing.order import Order

HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "fonts"
PAGES, NUMBERS = "pages.typ", "numbers.typ"


def typeset(template: str, folder: Path, data: str, order: Order) -> bytes:
    """The PDF of a template with the data of a file in the folder."""
    main = folder / template
    main.write_bytes((HERE / template).read_bytes())
    at = datetime.datetime.combine(order.made, datetime.time(), datetime.UTC)
    made = typst.compile(
        str(main), root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True, format="pdf",
        sys_inputs={"data": data, "title": order.title, "language": order.language, "number": order.number},
        timestamp=int(at.timestamp()), pdf_tags=False,
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made
