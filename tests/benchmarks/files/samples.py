"""The rows that files and batches bring alike: ten columns, three links by a scanner's own names."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from libs.files.writers.sheets import XlsxWriter
from libs.files.writers.writer import cell
from tests.benchmarks.batches import Json, encode
from tests.benchmarks.workloads import ACTIONS, BASES, REASONS, SOURCES, SUBJECTS

CATEGORIES = tuple(f"cat-{number:02d}" for number in range(20))
RECIPIENTS = tuple(f"rec-{number:03d}" for number in range(200))
COLUMNS = (
    "external_id", "activity_name_vi", "purpose_vi", "legal_basis", "data_source_vi", "retention_period_months",
    "has_automated_decision_making", "requires_dpia", "data_category_external_ids", "recipient_external_ids",
)  # fmt: skip
PIECE = 10_000
"""Rows that are held at once while a workbook is made."""


def referred() -> dict[str, bytes]:
    """The bodies of the batches that bring what rows refer to, by entity."""
    categories = [{"external_id": name, "name_vi": f"Nhóm {name}", "category_type": "basic"} for name in CATEGORIES]
    recipients = [
        {"external_id": name, "name_vi": f"Công ty {name}", "recipient_type": "processor", "country_code": "VN"}
        for name in RECIPIENTS
    ]
    return {"data-categories": encode_as("categories", categories), "recipients": encode_as("recipients", recipients)}


def encode_as(member: str, records: list[Json]) -> bytes:
    """A request's body under another name."""
    return encode(records).replace(b'"activities"', f'"{member}"'.encode(), 1)


def records(count: int, *, width: int = 0) -> Iterator[Json]:
    """The first so many records; texts fill a row of CSV up to about `width` bytes. Always the same ones."""
    dice = random.Random(4)
    fillings = _fillings(dice, width) if width else []
    for number in range(count):
        subject = dice.choice(SUBJECTS)
        record = {
            "external_id": f"row-{number:08d}",
            "activity_name_vi": f"{dice.choice(ACTIONS)} {subject} số {number}",
            "purpose_vi": f"{dice.choice(REASONS)} ({subject})",
            "legal_basis": dice.choice(BASES),
            "data_source_vi": dice.choice(SOURCES),
            "retention_period_months": dice.randint(1, 120),
            "has_automated_decision_making": dice.random() < 0.1,
            "requires_dpia": dice.random() < 0.3,
            "data_category_external_ids": dice.sample(CATEGORIES, 2),
            "recipient_external_ids": [dice.choice(RECIPIENTS)],
        }
        if width:
            record["purpose_vi"] += " " + dice.choice(fillings)
        yield record


def write_csv(path: Path, count: int, *, width: int = 0) -> Path:
    """A CSV with a header. Lists are joined by semicolons."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([cell(record[name]) for name in COLUMNS] for record in records(count, width=width))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    """The same as a workbook of one sheet."""
    book, rows = XlsxWriter(COLUMNS), records(count)
    for first in range(0, count, PIECE):
        book.rows([next(rows) for _ in range(min(PIECE, count - first))])
    with path.open("wb") as file:
        file.writelines(book.tail())
    book.close()
    return path


_WORDS = " ".join(REASONS).split()
_REST = 230
"""Bytes that a row takes without what fills it."""
_FILLINGS = 1_000


def _fillings(dice: random.Random, width: int) -> list[str]:
    """Texts that bring a row to about its width; the last word of each may be cut."""
    words = " ".join(dice.choices(_WORDS, k=100_000)).encode()
    starts = (dice.randrange(len(words) - width) for _ in range(_FILLINGS))
    return [words[start : start + max(0, width - _REST)].decode(errors="ignore").strip() for start in starts]
