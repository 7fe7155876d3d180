"""Whatever comes is refused or taken: the decoder fails in no other way, and the server goes on and keeps its word.

SEED replays a run. Each input follows from the seed and its number, which a failure names.
"""

import os
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import redis

from libs.contracts.chunks import IdMaker
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus
from libs.contracts.refusals import Refusal, problem_document
from libs.files.decompression import CorruptError, decompressor
from libs.intake.chunking import pack, spans
from libs.intake.opening import Ticket
from libs.intake.validation.batch import decoding_slot, validate, verdict_on
from libs.intake.validation.bodies import JSON, NDJSON
from libs.intake.validation.judging import Batch
from services.ingest.batches import answers as batch_answers
from tests.fault.checking.acknowledgements import Reply, differences, replies
from tests.fault.checking.outside import jobs_are_open
from tests.fault.faults.fuzzed_bodies import Body, body_of
from tests.fault.faults.fuzzed_requests import Request, request_of
from tests.fault.running.trial import OUTCRIES, tell
from tests.system.api import Stack, Tenant
from tests.system.raw import exchange
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("fuzzed")

SEED = os.environ.get("SEED") or "1"
short_and_long = pytest.mark.parametrize("seconds", [4, pytest.param(20, marks=pytest.mark.slow)])
LIMIT = 2 * 1024 * 1024
"""Bytes of a decompressed body."""
MOST_OVER = 32 * 1024 * 1024
"""What decompression may give beyond its limit before it stops."""
PIECE = 1_000
NUL = b"\\u0000"
"""What PostgreSQL cannot store, in JSON."""
HANG_S = 15.0
SENDERS = 6
REFUSED_BY_SERVER = (501, 505)
"""gunicorn lacks a transfer coding or a version of HTTP, and says so."""
READ_END_S = 30.0


def packed(batch: Batch) -> None:
    """Have the chunks made that would be stored."""
    pack(batch, spans(batch.total, chunk_records=2, whole=False), IdMaker(uuid.uuid4(), 0), accept=True)


def unpacked(body: Body) -> bytes | None:
    """The body as the service reads it, piece by piece; None where it refuses to go on."""
    stream = decompressor(body.encoding, LIMIT)
    assert stream is not None
    pieces: list[bytes] = []
    try:
        for at in range(0, len(body.data), PIECE):
            pieces += stream.feed(body.data[at : at + PIECE])
            if (size := sum(map(len, pieces))) > LIMIT:
                assert size <= LIMIT + MOST_OVER
                return None
        stream.finish()
    except CorruptError:
        return None
    return b"".join(pieces)


def outcome(body: Body) -> str:
    """What becomes of a body: every record has an outcome, and all of it can be stored and told."""
    data = unpacked(body)
    if data is None:
        return "not decompressed"
    try:
        with decoding_slot():
            batch = validate(ENTITIES[body.kind.name], NDJSON if body.lines else JSON, data)
    except Refusal as refusal:
        problem_document(refusal, "id")
        return refusal.problem.code
    rejected = [reject.index for reject in batch.rejects]
    assert sorted([*batch.indexes, *rejected]) == list(range(batch.total))
    assert len(batch.indexes) == len(batch.records)
    packed(batch)
    assert NUL not in msgspec.json.encode([reject.faults for reject in batch.rejects])
    ticket = Ticket(uuid.UUID(int=0), 0, frozenset(), replayed=False)
    msgspec.json.encode(batch_answers.accepted(verdict_on(batch), ticket, JobStatus.PENDING, 0))
    return "rejects" if rejected else "accepted"


@short_and_long
def test_the_decoder_takes_or_refuses_any_body(seconds: int) -> None:
    outcomes: Counter[str] = Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number = outcomes.total()
        try:
            outcomes[outcome(body_of(SEED, number))] += 1
        except BaseException as error:
            error.add_note(f"SEED={SEED}, body {number}: {body_of(SEED, number)!r:.2000}")
            raise
    tell(fuzzed_bodies=outcomes.total(), seed=SEED, outcomes=dict(outcomes.most_common()))
    assert min(outcomes[each] for each in ("accepted", "rejects", "MALFORMED_BODY", "not decompressed")) > 10


def sent(stack: Stack, request: Request, number: int) -> list[Reply]:
    """Send a request; its answers, none of which may be a failure of the server."""
    began = time.monotonic()
    answers = list(replies(exchange(stack.url, request.data, half_close=True, timeout=READ_END_S).stream))
    named = f"SEED={SEED}, request {number} ({request.noise}): {request.data[:2_000]!r}"
    assert time.monotonic() - began < HANG_S, f"no end of the answer: {named}"
    for answer in answers:
        assert answer.status < 500 or answer.status in REFUSED_BY_SERVER or is_documented(answer), (
            f"{answer} to {named}"
        )
    if request.noise == "nothing":
        assert [answer.status for answer in answers] in ([201], [202]), f"{answers} to {named}"
    return answers


def is_documented(answer: Reply) -> bool:
    """Whether it is a refusal for the moment."""
    return answer.status == 503 and bool(answer.code)


def pelt(stack: Stack, tenants: list[Tenant], seconds: float) -> Iterator[tuple[Request, list[Reply]]]:
    """Send requests, some at a time, for so long; gives each with its answers."""

    def send(number: int) -> tuple[Request, list[Reply]]:
        tenant = tenants[number % len(tenants)]
        request = request_of(SEED, number, tenant.id, tenant.bearer["Authorization"])
        return request, sent(stack, request, number)

    until, number = time.monotonic() + seconds, 0
    with ThreadPoolExecutor(SENDERS) as senders:
        while time.monotonic() < until:
            yield from senders.map(send, range(number, number + 10 * SENDERS))
            number += 10 * SENDERS


@short_and_long
def test_the_server_survives_any_request_and_keeps_its_word(stack: Stack, seconds: int) -> None:
    tenants = [Tenant(stack) for _ in range(3)]
    statuses: Counter[int] = Counter()
    acknowledged: list[Reply] = []
    dry: set[str] = set()
    for request, answers in pelt(stack, tenants, seconds):
        statuses.update([answer.status for answer in answers] or [0])
        taken = [answer for answer in answers if "total_submitted" in answer.body]
        acknowledged += taken
        dry |= {answer.body["job_id"] for answer in taken if request.dry}
    tell(
        fuzzed_requests=statuses.total(), seed=SEED, statuses=dict(sorted(statuses.items())), batches=len(acknowledged)
    )
    everything_ends(stack)
    assert list(differences(stack.database_url, [tenant.id for tenant in tenants], acknowledged, dry)) == []
    assert Tenant(stack).post(RECIPIENT, [RECIPIENT.sample()]).status_code == 201
    assert [line for line in logged(stack.data_dir) if any(outcry in line for outcry in OUTCRIES)] == []


def everything_ends(stack: Stack) -> None:
    """Wait until no job is open."""
    with closing(redis.Redis.from_url(stack.described()["redis_url"])) as client:
        wait_until(lambda: not jobs_are_open(client, "sluice", stack.database_url), READ_END_S, "all jobs have ended")


def logged(data_dir: Path) -> Iterator[str]:
    """The lines that the services have printed."""
    for path in data_dir.rglob("*.log"):
        yield from path.read_text(errors="replace").splitlines()
