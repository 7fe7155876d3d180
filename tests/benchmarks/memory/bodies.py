"""Bodies of the largest size, by what is hard to hold in them."""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.batches import Json, encode
from tests.benchmarks.running.processes import MIB
from tests.benchmarks.workloads import REASONS

LARGEST_MIB = 63.5
"""Just below what ingest takes (64 MiB)."""
RECORDS = 10_000
SMALLEST_RECORD = 700
RECORD_FRAME = 130
"""Bytes of a record beside its long texts."""
FIELDS = ("purpose_vi", "purpose_en")
MOST_FIELD = 3_900
MOST_IDS = 150
"""Of a record, that the largest body has room for."""


@dataclass(frozen=True)
class Kind:
    """What a body holds, and how it is sent."""

    name: str
    make: Callable[[Sequence[str]], bytes]
    """Of the ids of recipients that there are."""
    query: str = ""


def large_body(mib: float) -> bytes:
    """Long texts of about so many MiB, `RECORDS` records at most; a chunk of it compresses no better than real ones."""
    return encode(_long(mib))


def rejected_by_ingest(_: Sequence[str]) -> bytes:
    """Long texts; all records but one are rejected before they become chunks."""
    return encode([{**each, "legal_basis": "none"} if n else each for n, each in enumerate(_long(LARGEST_MIB))])


def rejected_by_writers(_: Sequence[str]) -> bytes:
    """Long texts; every record refers to a recipient that is not there."""
    return encode([{**each, "recipient_ids": [str(uuid.UUID(int=1))]} for each in _long(LARGEST_MIB - 1)])


def _long(mib: float) -> list[Json]:
    dice = random.Random(9)
    words = " ".join(dice.choices(" ".join(REASONS).split(), k=100_000)).encode()
    size = round(mib * MIB)
    records = min(RECORDS, size // SMALLEST_RECORD)
    length = min(MOST_FIELD, (size // records - RECORD_FRAME) // len(FIELDS))

    def text() -> str:
        start = dice.randrange(len(words) - length)
        return words[start : start + length].decode(errors="ignore").strip()

    return [_activity(number, **{field: text() for field in FIELDS}) for number in range(records)]


def ids_in_lists(ids: Sequence[str]) -> bytes:
    """Nearly all of it are references."""
    dice = random.Random(10)
    return encode([_activity(n, recipient_ids=dice.sample(ids, MOST_IDS)) for n in range(RECORDS)])


def _activity(number: int, **members: object) -> Json:
    return {"activity_name_vi": f"Quản lý hồ sơ số {number}", "legal_basis": "contract", **members}


ABORT, UPSERT = "?on_error=abort", "?mode=upsert"
KINDS = (
    Kind("long texts", lambda _: large_body(LARGEST_MIB)),
    Kind("long texts, all or nothing", lambda _: large_body(LARGEST_MIB), ABORT),
    Kind("long texts, rejected by ingest", rejected_by_ingest),
    Kind("long texts, rejected by writers", rejected_by_writers),
    Kind("the same, all or nothing", rejected_by_writers, ABORT),
    Kind("ids in lists", ids_in_lists),
    Kind("ids in lists, upserts", ids_in_lists, UPSERT),
)
