"""The inventory is read back: browsed, searched, followed along its links, and traced to where it came from."""

import json
import uuid
from typing import Any

import pytest

from libs.client.client import SluiceClient
from tests.system.api import Stack, Tenant
from tests.system.http.test_command import sluice
from tests.system.loads import csv_of, loaded
from tests.system.samples import ACTIVITY, CATEGORY, KINDS, RECIPIENT, TRANSFER, Json, Kind, each_kind

NOBODY = uuid.UUID(int=7)
"""A record that no tenant has."""
BASE = "/api/v1/inventory"


def posted(tenant: Tenant, kind: Kind, *records: Json) -> list[str]:
    """The ids of records that are written."""
    answer = tenant.post(kind, list(records))
    assert answer.status_code == 201, answer.text
    return [str(each) for each in answer.json()[kind.ids_member]]


def listed(tenant: Tenant, kind: Kind, **query: Any) -> list[str]:
    """The ids of all pages of a list."""
    return [each[kind.id_field] for page in tenant.pages(f"{BASE}/{kind.name}", **query) for each in page]


def one(tenant: Tenant, kind: Kind, record: str) -> Json:
    answer = tenant.get(f"{BASE}/{kind.name}/{record}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found: Json = answer.json()
    return found


@each_kind
def test_what_was_posted_is_shown_as_it_is_stored(tenant: Tenant, kind: Kind) -> None:
    sent = kind.full(external_id="scan-1")
    (record,) = posted(tenant, kind, sent)
    found = one(tenant, kind, record)
    assert {name: found[name] for name in sent} == sent
    page = tenant.get(f"{BASE}/{kind.name}").json()
    assert (page["count"], page["more"], page["next_page_token"]) == (1, False, None)
    assert page["records"] == [{name: found[name] for name in found if name not in ("links", "origin", "findings")}]
    assert found["findings"] == []
    assert found["origin"] | {"created_by": ""} == {
        "job_id": found["job_id"], "job_url": f"/api/v1/jobs/{found['job_id']}", "created_by": "", "index": 0,
        "loaded": None,
    }  # fmt: skip


def test_pages_go_down_the_ids_without_a_gap(tenant: Tenant) -> None:
    ids = posted(tenant, RECIPIENT, *(RECIPIENT.sample() for _ in range(25)))
    assert listed(tenant, RECIPIENT, limit=7) == sorted(ids, reverse=True)
    assert listed(tenant, RECIPIENT, limit=25) == sorted(ids, reverse=True)


NAMED = ("Ngân hàng Ngoại thương", "NGÂN HÀNG Đầu tư", "Công ty Điện lực", "100% [a-z]+ (b|c)\\d ^-]")


@pytest.mark.parametrize(("words", "places"), [
    ("ngan hang", {0, 1}), ("hang NGAN", {0, 1}), ("ngân hàng", {0, 1}), ("ngãn", set()), ("dien luc", {2}),
    ("Đien", {2}), ("dau tu", {1}), ("bank", {0}), ("%", {3}), ("[a-z]+", {3}), ("]", {3}), ("^-]", {3}), ("\\d", {3}),
    ("(b|c", {3}), (".", set()), ("a b c d e f g h i j k", set()), ("nga\u0302n", {0, 1}), ("x-2", {2}),
])  # fmt: skip
def test_words_are_found_whatever_their_case_and_marks(tenant: Tenant, words: str, places: set[int]) -> None:
    records = [RECIPIENT.sample(name_vi=name, external_id=f"x-{n}") for n, name in enumerate(NAMED)]
    records[0]["name_en"] = "Foreign Trade Bank"
    ids = posted(tenant, RECIPIENT, *records)
    assert listed(tenant, RECIPIENT, q=words) == sorted((ids[place] for place in places), reverse=True)


def test_a_whole_external_id_comes_first_and_once(tenant: Tenant) -> None:
    ids = posted(tenant, RECIPIENT, *(RECIPIENT.sample(external_id=name) for name in ("r-1", "r-10", "r-11")))
    for limit in (1, 2, 3, 50):
        assert listed(tenant, RECIPIENT, q="r-1", limit=limit) == [ids[0], ids[2], ids[1]]


def test_filters_are_those_of_the_fields(tenant: Tenant) -> None:
    ids = posted(
        tenant, RECIPIENT, RECIPIENT.sample(external_id="a"), RECIPIENT.sample(recipient_type="internal"),
        RECIPIENT.sample(country_code="SG"),
    )  # fmt: skip
    assert listed(tenant, RECIPIENT, recipient_type="internal") == [ids[1]]
    assert listed(tenant, RECIPIENT, recipient_type=["internal", "processor"]) == sorted(ids, reverse=True)
    assert listed(tenant, RECIPIENT, recipient_type="processor", country_code="SG") == [ids[2]]
    assert listed(tenant, RECIPIENT, external_id="a") == [ids[0]]
    assert listed(tenant, RECIPIENT, external_id="a", q="nothing") == []
    yes, _ = posted(tenant, ACTIVITY, ACTIVITY.sample(requires_dpia=True), ACTIVITY.sample())
    assert listed(tenant, ACTIVITY, requires_dpia="true", legal_basis="consent") == [yes]
    assert tenant.get(f"{BASE}/recipients", recipient_type="internal").json()["count"] == 1


def test_links_lead_both_ways(tenant: Tenant) -> None:
    categories = posted(tenant, CATEGORY, CATEGORY.sample(external_id="c"), CATEGORY.sample())
    recipient, transfer = *posted(tenant, RECIPIENT, RECIPIENT.sample()), *posted(tenant, TRANSFER, TRANSFER.sample())
    links = {"data_category_ids": categories, "recipient_ids": [recipient], "transfer_ids": [transfer]}
    first, second = posted(tenant, ACTIVITY, ACTIVITY.sample(**links), ACTIVITY.sample(recipient_ids=[recipient]))

    found = {each["entity"]: each for each in one(tenant, ACTIVITY, first)["links"]}
    assert [each["id"] for each in found["data-categories"]["records"]] == sorted(categories, reverse=True)
    assert {each["external_id"] for each in found["data-categories"]["records"]} == {"c", None}
    assert found["recipients"]["records"][0]["name_vi"] == RECIPIENT.sample()["name_vi"]
    assert [each["id"] for each in found["data-transfers"]["records"]] == [transfer]

    (back,) = one(tenant, RECIPIENT, recipient)["links"]
    assert (back["entity"], back["more"]) == ("processing-activities", False)
    assert [each["id"] for each in back["records"]] == sorted([first, second], reverse=True)
    assert [each["activity_id"] for each in tenant.get(back["url"]).json()["records"]] == sorted(
        [first, second], reverse=True
    )
    assert listed(tenant, ACTIVITY, recipient_id=recipient, transfer_id=transfer) == [first]
    assert listed(tenant, CATEGORY, activity_id=first, limit=1) == sorted(categories, reverse=True)
    assert listed(tenant, CATEGORY, activity_id=second) == []


def test_a_row_of_a_file_is_traced_to_it(tenant: Tenant) -> None:
    job = loaded(tenant, csv_of(5_300), name="người nhận.csv")
    rows = {row["external_id"]: str(row["recipient_id"]) for row in tenant.rows("recipient")}
    for place in (0, 4_999, 5_000, 5_299):
        loaded_from = one(tenant, RECIPIENT, rows[f"r-{place}"])["origin"]["loaded"]
        assert (loaded_from["task_id"], loaded_from["file_name"]) == (job["id"], "người nhận.csv")
        assert (loaded_from["index"], loaded_from["row"]) == (place, place + 2)


def test_rows_of_several_lines_have_a_place_and_no_line(tenant: Tenant) -> None:
    loaded(tenant, b'external_id,name_vi,recipient_type\na,"Hai\nd\xc3\xb2ng",processor\nb,B,processor\n')
    rows = {row["external_id"]: str(row["recipient_id"]) for row in tenant.rows("recipient")}
    loaded_from = one(tenant, RECIPIENT, rows["b"])["origin"]["loaded"]
    assert (loaded_from["index"], loaded_from["row"]) == (1, None)


def test_a_record_that_is_named_or_changed_is_traced_to_who_wrote_it_last(tenant: Tenant) -> None:
    own = str(uuid.uuid4())
    posted(tenant, RECIPIENT, RECIPIENT.sample(), RECIPIENT.sample(recipient_id=own, external_id="r"))
    assert one(tenant, RECIPIENT, own)["origin"]["index"] == 1
    changes = [RECIPIENT.sample(external_id=name, name_vi=name) for name in ("x", "y", "r")]
    job = tenant.post(RECIPIENT, changes, mode="upsert").json()["job_id"]
    origin = one(tenant, RECIPIENT, own)["origin"]
    assert (origin["job_id"], origin["index"]) == (job, 2)


def test_the_client_and_the_command_find_them(tenant: Tenant) -> None:
    ids = posted(tenant, RECIPIENT, *(RECIPIENT.sample(name_vi=name) for name in ("Điện lực", "Sao Mai")))
    token = tenant.bearer["Authorization"].removeprefix("Bearer ")
    with SluiceClient(tenant.stack.url, token) as client:
        assert [each["recipient_id"] for each in client.records("recipients", q="dien")] == ids[:1]
        assert len(list(client.records("recipients", recipient_type="processor", limit=1))) == 1
        assert client.record("recipients", ids[1])["name_vi"] == "Sao Mai"
    done = sluice(tenant, "--lang", "vi", "inventory", "recipients", "--q", "SAO")
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode()
    assert ids[1] in shown
    assert ids[0] not in shown
    assert "Sao Mai" in shown
    assert json.loads(sluice(tenant, "inventory", "recipients", "--json").stdout)[1]["name_vi"] == "Điện lực"
    assert "No records" in sluice(tenant, "--lang", "en", "inventory", "recipients", "--q", "zzz").stderr.decode()


def test_nobody_sees_the_records_of_others(tenant: Tenant, other_tenant: Tenant) -> None:
    (record,) = posted(tenant, RECIPIENT, RECIPIENT.sample(external_id="r"))
    (activity,) = posted(tenant, ACTIVITY, ACTIVITY.sample(recipient_ids=[record]))
    assert other_tenant.get(f"{BASE}/recipients/{record}").json()["code"] == "RECORD_NOT_FOUND"
    for query in ({}, {"q": "r"}, {"external_id": "r"}, {"activity_id": activity}):
        assert listed(other_tenant, RECIPIENT, **query) == []


def test_records_are_for_those_who_have_their_scope(stack: Stack, tenant: Tenant) -> None:
    for path in (f"{BASE}/recipients", f"{BASE}/recipients/{uuid.uuid4()}"):
        assert stack.http.get(path).status_code == 401
        for scope in ("ingest:write jobs:read rejects:read system:read", ""):
            answer = stack.http.get(path, headers=stack.bearer(stack.claims(tenant.id, scope=scope)))
            assert (answer.status_code, "inventory:read" in answer.json()["detail"]) == (403, True)
        reader = stack.http.get(path, headers=stack.bearer(stack.claims(tenant.id, scope="inventory:read")))
        assert reader.status_code in (200, 404)


BAD = [
    "limit=0", "limit=201", "limit=x", "page_token=x", "page_token=%00", "page_token=", "q=", "q=%00", "q=" + "x" * 256,
    "q=a&q=b", "external_id=", "external_id=%00", "recipient_type=friend", "recipient_type=", "country_code=zz",
    "activity_id=x", "activity_id=", f"recipient_id={NOBODY}", "legal_basis=consent", "sort=name",
    "q=%ff%00",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_what_cannot_be_asked_is_refused(tenant: Tenant, query: str) -> None:
    answer = tenant.stack.http.get(f"{BASE}/recipients?{query}", headers=tenant.bearer)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "path", ["people", "people/x", "recipients/x", f"recipients/{NOBODY}", "recipients/%00", "%00"]
)
def test_what_is_not_there_is_not_found(tenant: Tenant, path: str) -> None:
    assert tenant.stack.http.get(f"{BASE}/{path}", headers=tenant.bearer).status_code == 404


def test_a_page_token_is_good_for_its_own_list_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    for kind in KINDS[:2]:
        posted(tenant, kind, kind.sample(), kind.sample())
    token = tenant.get(f"{BASE}/{ACTIVITY.name}", limit=1).json()["next_page_token"]
    assert token
    assert tenant.get(f"{BASE}/{ACTIVITY.name}", page_token=token).status_code == 200
    assert tenant.get(f"{BASE}/{CATEGORY.name}", page_token=token).status_code == 400
    assert tenant.get(f"{BASE}/{ACTIVITY.name}", page_token=token, q="a").status_code == 400
    assert other_tenant.get(f"{BASE}/{ACTIVITY.name}", page_token=token).status_code == 400
