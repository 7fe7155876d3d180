"""Scanners' own formats: from real samples to records with links, without anything that was found in the data."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from libs.contracts.files.mappings import Source
from libs.contracts.inventory.records import ENTITIES
from libs.files.adapters.inventory import Inventory, key
from libs.files.failures import UnreadableError
from libs.files.formats import FORMATS
from libs.files.mapping.apply import Mapper
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.targets import targets_of
from libs.files.personal.names import kind_of_name
from libs.files.personal.redaction import redacted
from libs.files.readers.stretches import Position
from tests.root import ROOT
from tests.unit.files.streams import opened, rows_of

SAMPLES = ROOT / "tests" / "samples" / "files"
FILES = {
    "fides": "fides/sample_systems.yml",
    "fideslang": "fideslang/data_categories.csv",
    "presidio": "presidio/results.json",
    "openmetadata": "made/openmetadata-tables-cut.json",
    "datahub": "datahub/events.json",
    "piicatcher": "piicatcher/mysql_output_all.json",
    "hawk-eye": "made/hawk-eye-shape.json",
    "cnil-pia": "cnil-pia/assessment.json",
    "vi-register": "made/vi-20-columns.csv",
}
Records = dict[str, list[dict[str, str]]]


def records_of(data: bytes, kind: str | None = None) -> Records:
    """All records of a file, by entity, each with what has a value."""
    found: Records = {}
    with opened(data, format=kind) as table:
        entities = list(table.sheets)
    for entity in entities:
        with opened(data, format=kind, entity=entity) as table:
            assert set(table.header) <= set(ENTITIES[entity].record.__struct_fields__)
            found[entity] = [
                {name: cell for name, cell in zip(table.header, cells, strict=True) if cell}
                for _, cells, fault, _ in rows_of(table)
                if not fault
            ]
    return found


def sample(name: str) -> bytes:
    return (SAMPLES / FILES[name]).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_told_by_its_content(name: str) -> None:
    with opened(sample(name), name="x", format=name if name == "vi-register" else None) as table:
        assert table.source.format == name
        assert set(table.sheets) <= set(FORMATS[name].entities)
    with opened(sample(name), format="json" if FILES[name].endswith("json") else "csv") as table:
        assert table.source.format in ("json", "csv")


@pytest.mark.parametrize("name", FILES)
def test_records_link_to_what_the_same_file_gives(name: str) -> None:
    found = records_of(sample(name), name)
    targets = {
        "data_category_external_ids": "data-categories", "recipient_external_ids": "recipients",
        "transfer_external_ids": "data-transfers",
    }  # fmt: skip
    assert found["data-categories"]
    for record in found.get("processing-activities", []):
        for member, entity in targets.items():
            known = {each["external_id"] for each in found.get(entity, [])}
            assert set(filter(None, record.get(member, "").split(", "))) <= known


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_one_once_a_person_has_said_the_legal_basis(name: str) -> None:
    """The columns have the fields' own names, so what is proposed for them is exact."""
    for entity in records_of(sample(name), name):
        with opened(sample(name), format=name, entity=entity) as table:
            columns = [Column(n, each) for n, each in enumerate(table.header)]
            mapping = propose(targets_of(entity), columns, Source())
            assert {column.by for column in mapping.columns} == {"exact"}
            assert set(mapping.unmapped) <= {"legal_basis"}
            constants = {"legal_basis": "consent"} if entity == "processing-activities" else {}
            mapper = Mapper(msgspec.structs.replace(mapping, constants=constants), len(table.header))
            for _, cells, _, _ in rows_of(table):
                mapped = mapper.apply(cells)
                assert not mapped.faults
                if b"legitimate_interest" not in mapped.raw:
                    msgspec.json.decode(mapped.raw, type=ENTITIES[entity].record)


def test_a_vietnamese_register() -> None:
    found = records_of(sample("vi-register"), "vi-register")
    assert found["processing-activities"][0] == {
        "external_id": "a1", "activity_name_vi": "Chăm sóc khách hàng", "purpose_vi": "Thực hiện hợp đồng",
        "legal_basis": "contract", "retention_period_months": "24",
        "data_category_external_ids": "Họ tên, Số điện thoại", "recipient_external_ids": "processor, third_party",
        "transfer_external_ids": "a1:SG, a1:JP",
    }  # fmt: skip
    assert [each["category_type"] for each in found["data-categories"]] == ["basic", "basic", "sensitive"]
    assert found["data-transfers"][1]["destination_country"] == "JP"
    assert found["recipients"][0] == {"external_id": "processor", "name_vi": "processor", "recipient_type": "processor"}


def test_a_register_is_csv_unless_its_format_is_asked_for() -> None:
    with opened(sample("vi-register")) as table:
        assert table.source.format == "csv"
    with opened(b"a,b\n1,2\n", format="vi-register") as table:
        assert table.source.format == "csv"


def test_fides() -> None:
    found = records_of(sample("fides"))
    (recipient,) = found["recipients"]
    assert recipient["external_id"] == found["processing-activities"][1]["recipient_external_ids"] == "cookie_house"
    assert (recipient["name_vi"], recipient["recipient_type"]) == ("Cookie House", "internal")
    more = records_of((SAMPLES / "fideslang" / "demo_dataset.yml").read_bytes())["data-categories"]
    email = next(each for each in more if each["external_id"] == "user.contact.email")
    assert (email["name_vi"], email["category_type"]) == ("Địa chỉ thư điện tử", "basic")


def test_findings_of_scanners() -> None:
    assert records_of(sample("piicatcher"))["processing-activities"][0] == {
        "external_id": "mysql_src.piidb.full_pii",
        "activity_name_vi": "Lưu trữ và sử dụng dữ liệu trong mysql_src.piidb.full_pii",
        "activity_name_en": "Storing and using the data in mysql_src.piidb.full_pii",
        "data_source_vi": "mysql_src.piidb.full_pii",
        "data_category_external_ids": "Person, Address",
    }
    assert records_of(sample("hawk-eye"))["processing-activities"][0]["external_id"] == "postgresql.db1.crm.khach_hang"
    presidio = records_of(sample("presidio"))
    assert [each["external_id"] for each in presidio["processing-activities"]] == [
        "crm.khach_hang.ghi_chu", "crm.users", "crm.cards",
    ]  # fmt: skip
    assert {each["external_id"]: each["category_type"] for each in presidio["data-categories"]} == {
        "PERSON": "basic", "EMAIL_ADDRESS": "basic", "LOCATION": "basic", "CREDIT_CARD": "sensitive",
    }  # fmt: skip
    datahub = records_of(sample("datahub"))
    assert [each["data_category_external_ids"] for each in datahub["processing-activities"]] == [
        "full_name, PII_Internal, Sensitive", "bank_account, religion",
    ]  # fmt: skip


def test_an_assessment() -> None:
    (found,) = records_of(sample("cnil-pia"))["processing-activities"]
    assert (found["legal_basis"], found["retention_period_months"]) == ("contract", "24")
    assert found["purpose_vi"] == "Trả lời khách hàng & bảo hành. Liên hệ: …, …"
    assert found["data_category_external_ids"] == "full_name, phone, email, health"


MARK = "MARKED-an@example.com-4111111111111111"
VALUE_PLACES = (
    "matches", "sample_text", "sample", "samples", "value", "values", "text", "match", "example", "examples",
    "sampleData", "sampleValues", "profile", "description", "displayName", "explanation", "analysis_explanation",
    "author_name", "evaluator_name", "validator_name", "dpos_names", "people_names", "comments", "content", "owner",
    "email", "meta", "host_email", "min", "max", "null", "start", "end", "score", "rawSchema", "contact",
)  # fmt: skip
"""Members that hold, or might hold, what was found or who somebody is."""


def planted(value: Any) -> Any:
    """The same document with a mark in each place of a value, and in such places of objects that had none."""
    if isinstance(value, list):
        return [planted(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: planted(each) for name, each in value.items() if name not in VALUE_PLACES}
    return kept | {name: [MARK] if name.endswith("es") else MARK for name in VALUE_PLACES}


def planted_json(data: bytes) -> bytes:
    return json.dumps(planted(json.loads(data))).encode()


def planted_assessment(data: bytes) -> bytes:
    """Answers are what the format is about: a mark stands in each of them as an address or a number would."""
    document = planted(json.loads(data))
    for answer in document["answers"]:
        answer["data"] = {"text": "an-marked@example.com +84 4711 471 147", "gauge": 0, "list": [MARK]}
    return json.dumps(document).encode()


def planted_register(data: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    for row in rows[1:]:
        for name in ("Tên tổ chức", "Mã số thuế", "Người bảo vệ dữ liệu", "Nơi lưu trữ", "Biện pháp bảo mật"):
            row[rows[0].index(name)] = MARK
        row[rows[0].index("Mục đích")] += " an-marked@example.com +84 4711 471 147"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def planted_taxonomy(data: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(data.decode())))
    for row in rows[2:]:
        row[rows[0].index("description")] += " an-marked@example.com +84 4711 471 147"
        row[rows[0].index("tags")] = MARK
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


PLANTED: dict[str, Callable[[bytes], bytes]] = {
    "fides": lambda data: yaml.safe_dump(planted(yaml.safe_load(data))).encode(),
    "fideslang": planted_taxonomy, "presidio": planted_json, "openmetadata": planted_json, "datahub": planted_json,
    "piicatcher": planted_json, "hawk-eye": planted_json, "cnil-pia": planted_assessment,
    "vi-register": planted_register,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_was_found_never_comes_out(name: str) -> None:
    data = PLANTED[name](sample(name))
    assert b"arked" in data or b"ARKED" in data
    found = []
    with opened(data, format=name) as table:
        entities = list(table.sheets)
    for entity in entities:
        with opened(data, format=name, entity=entity) as table:
            found += [str(table.header), str(table.source), table.head().decode(), str(rows_of(table))]
    assert len(found) > 3
    assert not [each for each in found if "marked" in each.lower() or "example.com" in each or "4711" in each]


def test_a_finding_that_is_none_costs_itself() -> None:
    data = json.loads(sample("hawk-eye"))
    data["postgresql"] = [{"pattern_name": 7}, *data["postgresql"], "x"]
    with opened(json.dumps(data).encode()) as table:
        assert [(line, cells[:1], fault) for line, cells, fault, _ in rows_of(table)] == [
            (2, ["Email"], None), (3, [], "FINDING_UNREADABLE"), (4, [], "FINDING_UNREADABLE"),
        ]  # fmt: skip
        assert rows_of(table, Position(0, 3)) == rows_of(table)[1:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"system:\n- &a {fides_key: x, b: *a}\n", "FILE_TOO_COMPLEX"),
        (b"system:\n- fides_key: x\n  a: " + b"[" * 100 + b"]" * 100, "FILE_TOO_COMPLEX"),
        (b"system:\n- fides_key: [x\n", "FILE_DAMAGED"),
        (b"system:\n- fides_key: x\n", "FILE_EMPTY"),
        (b"system:\n  fides_key: x\n", "FILE_DAMAGED"),
        (b'{"schemata": [{"pii_type": ', "FILE_DAMAGED"),
        (b'{"schemata": ' + b"[" * 5_000 + b'{"pii_type": 1}', "FILE_TOO_COMPLEX"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as refused, opened(data):
        pass
    assert refused.value.code == code


def test_a_kind_of_record_that_the_file_does_not_hold() -> None:
    with pytest.raises(UnreadableError) as refused, opened(sample("hawk-eye"), entity="recipients"):
        pass
    assert (refused.value.code, refused.value.params) == (
        "SHEET_UNKNOWN", {"known": "data-categories, processing-activities"},
    )  # fmt: skip


def test_bounds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("libs.files.adapters.inventory.MOST_RECORDS", 3)
    inventory = Inventory()
    for number in range(3):
        inventory.category(f"c{number}")
    inventory.category("c1")
    with pytest.raises(UnreadableError):
        inventory.category("c3")
    assert key(" a,b;\nc|d  e " + "x" * 999)[:10] == "a b c d e "
    assert len(key("x" * 999)) == 255


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Số điện thoại", "phone"), ("sdt", "phone"), ("customer_phone", "phone"), ("EMAIL_ADDRESS", "email"),
        ("emailKhachHang", "email"), ("Họ và tên", "full_name"), ("tên", "full_name"), ("Tên sản phẩm", None),
        ("CCCD/CMND", "citizen_id"), ("mst", "tax_code"), ("Ngày sinh", "birthday"), ("ngày tạo", None),
        ("user.health_and_medical", "health"), ("so_tai_khoan", "bank_account"), ("Credit_Card", "bank_card"),
        ("tôn giáo", "religion"), ("Địa chỉ IP", "device"), ("địa chỉ", "address"), ("", None), ("a" * 10_000, None),
    ],
)  # fmt: skip
def test_kinds_by_name(name: str, kind: str | None) -> None:
    found = kind_of_name(name)
    assert (found.name if found else None) == kind


def test_redaction() -> None:
    assert redacted("Hỏi an@example.com, 0912 345 678 hoặc https://x.vn/a?b=1; 12 tháng, mục 3.1") == (
        "Hỏi …, … hoặc … 12 tháng, mục 3.1"
    )


def test_every_format_is_worded_in_two_languages() -> None:
    for each in FORMATS.values():
        english, vietnamese = each.titles()
        assert english
        assert vietnamese
