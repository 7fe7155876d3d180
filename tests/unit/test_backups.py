"""Frames of encrypted backups, and which backups are kept."""

import datetime
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.backups.failures import BackupError
from libs.backups.frames import FRAME, MAGIC, SALT, TAG, Sealer, opened
from libs.backups.keeping import kept

KEY, OTHER = b"k" * 32, b"o" * 32
HEAD, SEALED = len(MAGIC) + SALT, FRAME + TAG
EVENING = datetime.datetime(2026, 11, 25, 19, 0, tzinfo=datetime.UTC)  # 2 o'clock in Hanoi
DAY = datetime.timedelta(days=1)
MOMENTS = st.integers(0, 700_000).map(lambda minutes: EVENING - datetime.timedelta(minutes=minutes))


def sealed(data: bytes, key: bytes = KEY, piece: int = 300_000) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file.write, key)
    for start in range(0, len(data), piece):
        sealer.write(data[start : start + piece])
    sealer.close()
    return file.getvalue()


def read(data: bytes, key: bytes = KEY) -> bytes:
    return b"".join(opened(io.BytesIO(data), key))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_what_was_sealed_is_read_back(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert read(sealed(data)) == data
    assert sealed(data) != sealed(data), "no two files have a key in common"


def test_a_file_that_is_cut_or_changed_or_of_another_key_is_not_read() -> None:
    whole = sealed(b"a" * (2 * FRAME + 5))
    first, second = whole[HEAD : HEAD + SEALED], whole[HEAD + SEALED : HEAD + 2 * SEALED]
    for damaged in (
        b"", whole[:HEAD], whole[:-1], whole[: HEAD + 2 * SEALED], whole[: HEAD + SEALED], whole + b"x",
        whole[:HEAD] + second + first + whole[HEAD + 2 * SEALED :], whole[:HEAD] + whole[HEAD + SEALED :],
        bytes([*whole[:20], whole[20] ^ 1, *whole[21:]]), b"PGDMP" + whole[5:],
    ):  # fmt: skip
        with pytest.raises(BackupError, match="BACKUP_DAMAGED"):
            read(damaged)
    with pytest.raises(BackupError, match="BACKUP_DAMAGED"):
        read(whole, OTHER)


def test_of_two_years_of_nights_so_many_are_kept() -> None:
    taken = {str(day): EVENING - day * DAY for day in range(730)}
    names = kept(taken, daily=7, weekly=4, monthly=12)
    assert {str(day) for day in range(7)} <= names
    assert len(names) == 20  # the last of two weeks and of a month are among the days
    assert min(taken[name] for name in names) == datetime.datetime(2025, 12, 30, 19, 0, tzinfo=datetime.UTC)


def test_a_day_begins_in_hanoi() -> None:
    evening, night = EVENING - datetime.timedelta(hours=3), EVENING - datetime.timedelta(hours=1)  # 23:00 and 01:00
    assert kept({"evening": evening, "night": night}, daily=2, weekly=1, monthly=1) == {"evening", "night"}
    assert kept({"night": night, "later": EVENING}, daily=2, weekly=1, monthly=1) == {"later"}


@given(st.dictionaries(st.integers(0, 99).map(str), MOMENTS, max_size=20))
@settings(max_examples=50)
def test_the_newest_is_always_kept(taken: dict[str, datetime.datetime]) -> None:
    names = kept(taken, daily=1, weekly=1, monthly=1)
    assert bool(names) is bool(taken)
    assert not taken or max(taken.values()) in {taken[name] for name in names}
