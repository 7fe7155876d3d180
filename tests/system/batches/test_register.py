"""A real public register of 5,872 processing activities, as a scanner would send it."""

import gzip
import json
from pathlib import Path

import pytest

from tests.system.answers import counted
from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT, Json

REGISTER = Path(__file__).parents[3] / "deploy" / "local" / "gvl"
BATCH = 2_000
LINKS = {"activity_data_category": "data_category_ids", "activity_recipient": "recipient_ids"}


def lines(name: str) -> list[bytes]:
    """The lines of a file of the register."""
    return gzip.decompress((REGISTER / name).read_bytes()).splitlines()


class Loaded:
    """The register in one tenant, and what each batch answered."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        packed = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        self.categories, self.recipients = (
            tenant.send(kind, (REGISTER / name).read_bytes(), headers=packed).json()
            for kind, name in ((CATEGORY, "data-categories.ndjson.gz"), (RECIPIENT, "recipients.ndjson.gz"))
        )
        posted = lines("processing-activities.ndjson.gz")
        self.batches = [
            tenant.send(ACTIVITY, gzip.compress(b"\n".join(posted[at : at + BATCH])), headers=packed).json()
            for at in range(0, len(posted), BATCH)
        ]
        activities = [json.loads(line) for line in posted]
        self.accepted = [record for record in activities if record["legal_basis"] != "legitimate_interest"]
        self.rejected = [record for record in activities if record["legal_basis"] == "legitimate_interest"]


@pytest.fixture(scope="module")
def loaded(stack: Stack) -> Loaded:
    """The register, loaded once: categories, recipients, then activities in batches."""
    return Loaded(Tenant(stack))


def test_categories_and_recipients_are_all_created(loaded: Loaded) -> None:
    assert counted(loaded.categories) == (11, 0, 0, 0)
    assert counted(loaded.recipients) == (833, 0, 0, 0)
    assert (loaded.tenant.count(CATEGORY), loaded.tenant.count(RECIPIENT)) == (11, 833)


def test_activities_are_created_but_for_those_without_a_legal_basis(loaded: Loaded) -> None:
    assert sum(body["total_created"] for body in loaded.batches) == 4_040
    assert sum(body["total_failed"] for body in loaded.batches) == 1_832
    rows = loaded.tenant.rows("processing_activity")
    assert {row["external_id"] for row in rows} == {record["external_id"] for record in loaded.accepted}
    assert len(rows) == 4_040
    by_batch = [made for body in loaded.batches for made in body["activity_ids"]]
    stored = {row["external_id"]: str(row["activity_id"]) for row in rows}
    assert by_batch == [stored[record["external_id"]] for record in loaded.accepted]


def test_activities_without_a_retention_period_have_none(loaded: Loaded) -> None:
    rows = loaded.tenant.rows("processing_activity")
    assert sum(row["retention_period_months"] is None for row in rows) == 49


def test_every_rejected_activity_has_its_error_and_comes_back_as_it_was(loaded: Loaded) -> None:
    errors: list[Json] = []
    rejects: list[Json] = []
    for body in loaded.batches:
        errors += [error for page in loaded.tenant.pages(body["errors_url"]) for error in page]
        rejects += map(json.loads, loaded.tenant.get(f"{body['job_url']}/rejects").content.splitlines())
    assert {(error["code"], error["pointer"]) for error in errors} == {("LEGAL_BASIS_UNKNOWN", "/legal_basis")}
    assert [error["external_id"] for error in errors] == [record["external_id"] for record in loaded.rejected]
    assert rejects == loaded.rejected


@pytest.mark.parametrize("table", LINKS)
def test_links_are_the_distinct_ids_of_the_accepted_activities(loaded: Loaded, table: str) -> None:
    ids = [set(record.get(LINKS[table]) or []) for record in loaded.accepted]
    assert len(loaded.tenant.rows(table)) == sum(map(len, ids)) > 0


def test_the_register_again_changes_nothing(loaded: Loaded) -> None:
    body = b"\n".join(json.dumps(record).encode() for record in loaded.accepted)
    headers = {"Content-Type": "application/x-ndjson"}
    answer = loaded.tenant.send(ACTIVITY, body, headers=headers, mode="upsert")
    assert counted(answer.json()) == (0, 0, 4_040, 0)
    assert loaded.tenant.count(ACTIVITY) == 4_040
