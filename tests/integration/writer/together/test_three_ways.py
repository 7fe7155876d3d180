"""The same batches come to the same whichever way they are written: staged, looked up first, or many in a group."""

import random
import uuid
from collections import Counter
from typing import Any

import pytest
from msgspec import UNSET

from libs.contracts.inventory.records import ProcessingActivity
from libs.contracts.jobs import NewJob
from services.writer.chunks import chunk_writer
from services.writer.inventory.merging import merge
from tests.integration.writer.together.test_groups import handle
from tests.integration.writer.works import Works, counted
from tests.writing import activity, recipient

SEEDS = range(6)
STEPS = 8
OWN = [uuid.UUID(int=0xABC0 + number, version=4) for number in range(3)]
TARGETS = [uuid.UUID(int=0xF00 + number, version=4) for number in range(3)]
MEDDLING = (
    "UPDATE inventory.processing_activity SET purpose_vi = 'q' WHERE tenant_id = %s AND external_id = %s",
    "UPDATE inventory.processing_activity SET external_id = NULL WHERE tenant_id = %s AND external_id = %s",
    "DELETE FROM inventory.processing_activity WHERE tenant_id = %s AND external_id = %s",
    """DELETE FROM inventory.activity_recipient l USING inventory.processing_activity a WHERE l.tenant_id = %s
       AND a.tenant_id = l.tenant_id AND a.activity_id = l.activity_id AND a.external_id = %s""",
)
"""What people do to rows meanwhile."""
OF_THEMSELVES = ("tenant_id", "activity_id", "job_id", "created_at", "updated_at", "fingerprint")


def made(chance: random.Random) -> ProcessingActivity:
    """A record that has a name, or an id, that others have too; or neither."""
    values: dict[str, Any] = {
        "external_id": chance.choice([UNSET, "e0", "e1", "e2", "e3", "é4"]),
        "activity_id": chance.choice([UNSET] * 5 + OWN),
        "purpose_vi": chance.choice([UNSET, None, "p", "q"]),
        "recipient_ids": chance.choice([UNSET, UNSET, [], TARGETS[:1], TARGETS[1::-1], [TARGETS[0]] * 2]),
    }
    given = {name: value for name, value in values.items() if value is not UNSET}
    return activity(chance.choice(["N1", "N2"]), **given)


def batch(chance: random.Random) -> list[ProcessingActivity]:
    """Some records; ingest lets no name or id through twice."""
    taken: set[Any] = set()
    kept = []
    for record in (made(chance) for _ in range(chance.randint(1, 6))):
        own = {each for each in (record.external_id, record.activity_id) if each}
        if not own & taken:
            kept.append(record)
            taken |= own
    return kept


def ended(works: Works, jobs: list[NewJob]) -> list[tuple[Any, ...]]:
    """How each of them ended, and what was wrong with which of its records."""
    found = [works.job(job) for job in jobs]
    assert all(job.status.ended for job in found)
    rejects = works.desk.rows("ingest.reject", jobs[0].tenant_id)
    faults = [
        sorted((row["record_index"], str(row["faults"])) for row in rejects if row["job_id"] == job.id) for job in jobs
    ]
    return [(counted(job), said) for job, said in zip(found, faults, strict=True)]


def stored(works: Works, tenant: uuid.UUID) -> Counter[str]:
    """Its activities and their recipients, without what is each row's own; ids that were made are nobody's choice."""
    links = works.desk.rows("inventory.activity_recipient", tenant)
    return Counter(
        repr((
            row["activity_id"] if row["activity_id"] in OWN else None,
            {name: value for name, value in row.items() if name not in OF_THEMSELVES},
            sorted(link["recipient_id"] for link in links if link["activity_id"] == row["activity_id"]),
        ))
        for row in works.desk.rows("inventory.processing_activity", tenant)
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_three_ways_come_to_the_same(works: Works, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    staged, looked_up, together = tenants = [uuid.uuid4() for _ in range(3)]
    apply = chunk_writer.apply
    monkeypatch.setattr(
        chunk_writer,
        "apply",
        lambda connection, target, rows: (merge if target.tenant == staged else apply)(connection, target, rows),
    )
    for tenant in tenants:
        targets = [recipient(f"R{number}", recipient_id=each) for number, each in enumerate(TARGETS)]
        works.handle(*works.open(tenant, targets)[1])
    sent: list[list[ProcessingActivity]] = []
    for _ in range(STEPS):
        if chance.random() < 0.3:
            statement, name = chance.choice(MEDDLING), chance.choice(["e0", "e1", "e2"])
            for tenant in tenants:
                works.desk.run(statement, tenant, name)
        batches = []
        for _ in range(chance.randint(1, 4)):
            again = sent and chance.random() < 0.4
            sent.append(chance.choice(sent) if again else batch(chance))
            batches.append((sent[-1], chance.choice(["upsert"] * 3 + ["insert", "ignore"])))
        ways = []
        for tenant in tenants:
            opened = [works.open(tenant, records, mode=mode) for records, mode in batches]
            refs = [ref for _, (ref,) in opened]
            if tenant == together:
                works.handle(*handle(works, *refs).given_back)
            else:
                works.handle(*refs)
            ways.append((ended(works, [job for job, _ in opened]), stored(works, tenant)))
        assert ways[0] == ways[1] == ways[2], (batches, tenants.index(looked_up))
