"""The arithmetic of a push: counters add up, indexes become the caller's positions, questions become rarer."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.client.answers import PushProgress, Receipt, Reject
from libs.client.tally import (
    FIRST_INTERVAL,
    LONGEST_INTERVAL,
    OpenBatch,
    about_records,
    add,
    malformed,
    reject,
    total,
)
from libs.contracts.chunks import RecordErrorView
from libs.contracts.jobs import RecordCounts


def receipt(submitted: int = 10, rejected: int = 0) -> Receipt:
    return Receipt(
        job_id=uuid.uuid4(),
        total_submitted=submitted,
        total_accepted=submitted - rejected,
        total_rejected=rejected,
    )


def test_an_index_in_a_batch_becomes_a_position_in_the_callers_data() -> None:
    error = RecordErrorView(41, "an-id", "scan-41", "REQUIRED", "/name_vi", "e", "v", "validate")

    assert reject(error, 20_000) == Reject(
        position=20_041, id="an-id", external_id="scan-41", code="REQUIRED", pointer="/name_vi",
        error="e", error_vi="v", stage="validate",
    )  # fmt: skip


COUNTS = st.integers(0, 1_000)


@given(st.lists(st.builds(PushProgress, submitted=COUNTS, created=COUNTS, rejected=COUNTS, failed=COUNTS)))
def test_progresses_add_up(parts: list[PushProgress]) -> None:
    whole = PushProgress()
    for part in parts:
        whole = add(whole, part)

    assert whole.submitted == sum(part.submitted for part in parts)
    assert whole.created == sum(part.created for part in parts)
    assert whole.missing == sum(part.rejected + part.failed for part in parts)


def test_open_batches_count_with_what_is_known_of_them() -> None:
    batch = OpenBatch(0, receipt(10, 2), 0.0)
    assert total(PushProgress(submitted=5, created=5), [batch]) == PushProgress(
        submitted=15, accepted=8, created=5, rejected=2, jobs_open=1
    )

    batch.saw(RecordCounts(total=10, created=4, pending=6), 1.0)

    assert total(PushProgress(), [batch]) == PushProgress(
        submitted=10, accepted=8, created=4, rejected=2, jobs_open=1
    ), "what validation has refused stays counted until the job counts it"


def test_questions_become_rarer_while_nothing_moves() -> None:
    batch = OpenBatch(0, receipt(), 0.0)
    assert batch.due == FIRST_INTERVAL
    gaps = []
    for _ in range(20):
        before = batch.due
        batch.saw(RecordCounts(total=10), before)
        gaps.append(batch.due - before)

    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(LONGEST_INTERVAL)

    batch.saw(RecordCounts(total=10, created=1), 100.0)
    assert batch.due == pytest.approx(100.0 + FIRST_INTERVAL)


@pytest.mark.parametrize("code", ["NO_VALID_RECORD", "BATCH_ABORTED", "MALFORMED_BODY"])
def test_problems_about_records_do_not_end_a_push(code: str) -> None:
    assert about_records(code)


@pytest.mark.parametrize("code", ["IDEMPOTENCY_MISMATCH", "EMPTY_BATCH", "WRONG_SCOPE", None])
def test_other_problems_end_a_push(code: str | None) -> None:
    assert not about_records(code)


def test_a_batch_without_any_json_has_an_error_for_each_line() -> None:
    found = malformed(100, 3)

    assert [(entry.position, entry.code, entry.stage) for entry in found] == [
        (100, "RECORD_MALFORMED", "validate"),
        (101, "RECORD_MALFORMED", "validate"),
        (102, "RECORD_MALFORMED", "validate"),
    ]
    assert found[0].error_vi
