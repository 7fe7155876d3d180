"""Ids: of jobs that come with a key, of jobs that do not, and of records that came without one."""

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import IdMaker
from libs.contracts.ids import uuid7
from libs.intake.opening import job_id_of
from libs.jobs.values import Idempotency

relaxed = settings(deadline=None, max_examples=60)
keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
EPOCH_MS = 1_800_000_000_123


def is_rfc_9562(value: uuid.UUID, version: int) -> bool:
    return value.version == version and value.variant == uuid.RFC_4122


@given(st.uuids(), st.sampled_from(["recipients", "recipients/async"]), keys, st.integers(1, 10_000))
@relaxed
def test_the_same_request_is_the_same_job(tenant: uuid.UUID, route: str, key: str, size: int) -> None:
    first, again = (job_id_of(tenant, Idempotency(route, key, "f" * 64), size) for _ in range(2))
    assert first == again
    assert is_rfc_9562(first, 8)


def test_the_job_differs_by_everything_that_the_request_is() -> None:
    tenant = uuid.uuid4()
    ids = {
        job_id_of(tenant, Idempotency("recipients", "key", "f1"), 1_000),
        job_id_of(uuid.uuid4(), Idempotency("recipients", "key", "f1"), 1_000),
        job_id_of(tenant, Idempotency("recipients/async", "key", "f1"), 1_000),
        job_id_of(tenant, Idempotency("recipients", "key ", "f1"), 1_000),
        job_id_of(tenant, Idempotency("recipients", "key", "f2"), 1_000),
        job_id_of(tenant, Idempotency("recipients", "key", "f1"), 1_001),
        job_id_of(tenant, Idempotency("recipients", "key f1", "f1"), 1_000),
    }
    assert len(ids) == 7


@given(st.tuples(keys, keys).filter(lambda pair: pair[0] != pair[1]))
@relaxed
def test_two_keys_are_two_jobs(pair: tuple[str, str]) -> None:
    tenant = uuid.UUID(int=1)
    one, other = (job_id_of(tenant, Idempotency("recipients", key, "f" * 64), 1_000) for key in pair)
    assert one != other


@given(st.integers(0, 2**48 - 1))
@relaxed
def test_a_random_id_carries_its_time(epoch_ms: int) -> None:
    value = uuid7(epoch_ms)
    assert is_rfc_9562(value, 7)
    assert value.int >> 80 == epoch_ms


def test_random_ids_of_one_millisecond_differ() -> None:
    assert len({uuid7(EPOCH_MS) for _ in range(10_000)}) == 10_000


@given(st.uuids(), st.integers(0, 2**48 - 1), st.integers(0, IdMaker.MAX_INDEX))
@relaxed
def test_the_id_of_a_record_is_the_same_in_both_forms(job: uuid.UUID, epoch_ms: int, index: int) -> None:
    maker = IdMaker(job, epoch_ms)
    value = uuid.UUID(maker.text(index))
    assert is_rfc_9562(value, 7)
    assert [value.bytes] == maker.all_bytes([index])
    assert str(value) == maker.text(index)
    assert value.int >> 80 == epoch_ms
    assert maker.text(index) == IdMaker(job, epoch_ms).text(index)


def test_the_ids_of_a_job_are_ascending_and_differ_between_jobs() -> None:
    one, other = (IdMaker(uuid.uuid4(), EPOCH_MS) for _ in range(2))
    ids = [one.text(index) for index in range(10_000)]
    assert ids == sorted(set(ids))
    assert set(ids).isdisjoint(other.text(index) for index in range(10_000))
