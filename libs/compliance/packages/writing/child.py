"""Makes files in a process of its own: `python -m libs.compliance.packages.writing.child ACT FOLDER NAME…`.

What a file takes of memory goes with the process, and one that cannot be made, or is not wanted any more, goes with it.
In the folder are `order.json` and, for a whole file, `content.ndjson`; a file on its way says in `at` how far it is.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from libs.compliance.packages.content import Block, decode_line
from libs.compliance.packages.writing.order import Order
from libs.files.readers.outside.child import limit, more_time

TELL_EVERY = 500
"""Blocks."""


def read(folder: Path) -> Iterator[Block]:
    """The blocks of the package."""
    with (folder / "content.ndjson").open("rb") as content:
        size = os.fstat(content.fileno()).st_size or 1
        at = 0
        for number, line in enumerate(content):
            if number % TELL_EVERY == 0:
                (folder / "at").write_text(f"{at / size:.3f}")
                more_time()
            at += len(line)
            yield decode_line(line)


def _xlsx(folder: Path, names: Sequence[str], order: Order) -> None:
    from libs.compliance.packages.writing.sheets import Book

    Book(folder / names[0], order.made).write(read(folder))


def _docx(folder: Path, names: Sequence[str], order: Order) -> None:
    from libs.compliance.packages.writing.word import write_word

    write_word(read(folder), folder / names[0], order)


def _html(folder: Path, names: Sequence[str], order: Order) -> None:
    from libs.compliance.packages.writing.page import write_page

    with (folder / names[0]).open("w", encoding="utf-8") as page:
        write_page(read(folder), page, order)


def _pages(folder: Path, names: Sequence[str], order: Order) -> None:
    from libs.compliance.packages.writing.pdf.typesetting import PAGES, typeset

    data, name = names
    (folder / name).write_bytes(typeset(PAGES, folder, data, order))


def _join(folder: Path, names: Sequence[str], order: Order) -> None:
    from libs.compliance.packages.writing.pdf.joining import join

    sys.stdout.write(str(join(folder, names, order)))


ACTS: dict[str, Callable[[Path, Sequence[str], Order], None]] = {
    "xlsx": _xlsx, "docx": _docx, "html": _html, "pages": _pages, "join": _join,
}  # fmt: skip


def main() -> int:
    """Do what the arguments say; the exit status is that of the system's error, or 1."""
    limit()
    act, place, *names = sys.argv[1:]
    folder = Path(place)
    try:
        order = msgspec.json.decode((folder / "order.json").read_bytes(), type=Order)
        ACTS[act](folder, names, order)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


if __name__ == "__main__":
    sys.exit(main())
