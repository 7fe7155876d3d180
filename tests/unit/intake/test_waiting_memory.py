"""What is held of a batch while it is read, and while its client waits for the write."""

import gzip
import io
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import falcon
import msgspec
import pytest
from falcon.testing import create_req

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.identity.settings import TokenSettings
from libs.intake.validation.batch import validate, verdict_on
from libs.intake.validation.bodies import JSON
from services.ingest.http.body import BodyReader
from services.ingest.settings import MIB, IngestSettings

RECIPIENTS = ENTITIES["recipients"]


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def test_the_records_are_let_go_before_the_client_waits() -> None:
    good = {"name_vi": "Ngân hàng", "recipient_type": "internal", "contact": "x" * 2_000}
    bad = {**good, "recipient_type": "bank"}
    body = msgspec.json.encode({"recipients": [good, bad] * 1_000})
    validate(RECIPIENTS, JSON, body)  # makes the decoders, which stay
    with traced():
        verdict = verdict_on(validate(RECIPIENTS, JSON, body))
        held, _ = tracemalloc.get_traced_memory()
    assert (len(verdict.indexes), verdict.rejected) == (1_000, 1_000)
    assert held < len(body) / 20


def crowded(tmp_path: Path, data: bytes, *, left: int) -> tuple[BodyReader, falcon.Request]:
    """A reader whose memory is taken by others but for so many bytes, and a request of this body, gzipped."""
    (tmp_path / "secret").write_bytes(os.urandom(32))
    settings = IngestSettings(
        redis_url="", database_url="", tokens=TokenSettings(token_secret_file=str(tmp_path / "secret"))
    )
    reader = BodyReader(settings)
    assert reader._memory.take(settings.body_memory_bytes - left)
    request = create_req(method="POST", headers={"Content-Encoding": "gzip", "Content-Length": str(len(data))})
    request.env["wsgi.input"] = io.BytesIO(data)
    return reader, falcon.Request(request.env)


def test_a_body_that_swells_is_stopped_by_what_others_hold(tmp_path: Path) -> None:
    """One that does not become small again by being packed."""
    data = gzip.compress(os.urandom(12 * MIB).hex().encode(), compresslevel=1)
    reader, request = crowded(tmp_path, data, left=(left := 6 * MIB))
    with traced():
        with pytest.raises(Refusal, match="BUSY"), reader.reading(request):
            pass
        _, peak = tracemalloc.get_traced_memory()
    assert peak < left + 12 * MIB


def test_a_body_that_can_be_packed_takes_little_of_what_others_leave(tmp_path: Path) -> None:
    """Little of it comes in one large block, and all of it at once would be far beyond what is left."""
    data = gzip.compress(os.urandom(600 * 1024) + bytes(60 * MIB))
    reader, request = crowded(tmp_path, data, left=(left := 8 * MIB))
    with traced(), reader.reading(request) as body:
        _, peak = tracemalloc.get_traced_memory()
        assert (body.size > 60 * MIB, body.held < 2 * MIB) == (True, True)
    assert peak < left + 40 * MIB
