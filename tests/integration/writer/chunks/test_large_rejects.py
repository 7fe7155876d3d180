"""What a writer holds while a batch that is written whole or not at all, and is large, is not written."""

import uuid
from pathlib import Path

from libs.contracts.jobs import NewJob
from tests.benchmarks.running.processes import peak_mib
from tests.integration.service_process import ENDED
from tests.integration.writer.surroundings import Surroundings, running_writer
from tests.waiting import wait_until
from tests.writing import activity

JOBS, RECORDS, TEXT, MOST_MIB = 3, 5_000, "Chăm sóc khách hàng " * 190, 260
"""A job has 38 MiB of records. A writer has 75 from its start and peaks at 203 to 208; at 430 as it was before."""


def ended(around: Surroundings, named: NewJob) -> bool:
    job = around.desk.store.job(named.tenant_id, named.id)
    assert job is not None
    return job.status in ENDED


def test_rejects_of_large_chunks_are_stored_in_stretches_one_chunk_at_a_time(
    tmp_path: Path, around: Surroundings
) -> None:
    tenant, nobody = uuid.uuid4(), uuid.uuid4()
    records = [activity(purpose_vi=TEXT, purpose_en=TEXT, recipient_ids=[nobody]) for _ in range(RECORDS)]
    jobs = [around.publish(tenant, records, on_error="abort")[0] for _ in range(JOBS)]
    with running_writer(tmp_path, **around.settings) as writer:
        wait_until(lambda: all(ended(around, each) for each in jobs), 60, "all have ended")
        peak = peak_mib(writer.process.pid)
    assert peak < MOST_MIB
