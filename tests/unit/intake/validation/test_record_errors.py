"""The catalogue of errors: every code can happen, is worded in two languages, and repeats no value."""

import ast
import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import Fault, Reject, error_views
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.refusals import Refusal, problem_document
from libs.contracts.texts.problems import PROBLEMS, RECORD_ERRORS, Problem, RecordError
from libs.intake.validation.batch import validate
from libs.intake.validation.bodies import NDJSON
from tests.root import ROOT
from tests.unit.intake.validation.record_strategies import entities, fields_of

ACTIVITIES, RECIPIENTS, TRANSFERS = (ENTITIES[n] for n in ("processing-activities", "recipients", "data-transfers"))
ACTIVITY = {"activity_name_vi": "A", "legal_basis": "consent"}
RECIPIENT = {"name_vi": "A", "recipient_type": "internal"}
TRANSFER = {"name_vi": "A", "destination_country": "VN"}
OWN_ID = "0190c8de-0000-7000-8000-000000000000"

BY_INGEST: dict[str, tuple[Entity, list[Any], str]] = {
    "RECORD_MALFORMED": (RECIPIENTS, ["{", RECIPIENT], ""),
    "RECORD_NOT_OBJECT": (RECIPIENTS, [[RECIPIENT]], ""),
    "UNKNOWN_MEMBER": (RECIPIENTS, [{**RECIPIENT, "a/b~": 1}], "/a~1b~0"),
    "REQUIRED": (RECIPIENTS, [{**RECIPIENT, "name_vi": " \u00a0"}], "/name_vi"),
    "EXPECTED_TEXT": (RECIPIENTS, [{**RECIPIENT, "contact": 7}], "/contact"),
    "EXPECTED_INTEGER": (ACTIVITIES, [{**ACTIVITY, "retention_period_months": 12.5}], "/retention_period_months"),
    "EXPECTED_BOOLEAN": (ACTIVITIES, [{**ACTIVITY, "requires_dpia": None}], "/requires_dpia"),
    "EXPECTED_LIST": (ACTIVITIES, [{**ACTIVITY, "recipient_ids": {}}], "/recipient_ids"),
    "EXPECTED_UUID": (ACTIVITIES, [{**ACTIVITY, "recipient_ids": [OWN_ID, "x"]}], "/recipient_ids/1"),
    "EXPECTED_DATE": (TRANSFERS, [{**TRANSFER, "started_on": "infinity"}], "/started_on"),
    "TOO_LONG": (RECIPIENTS, [{**RECIPIENT, "name_en": "é" * 501}], "/name_en"),
    "TOO_MANY_ITEMS": (ACTIVITIES, [{**ACTIVITY, "recipient_ids": [OWN_ID] * 1_001}], "/recipient_ids"),
    "TOO_MANY_MARKS": (RECIPIENTS, [{**RECIPIENT, "contact": "a" + "\u0300" * 31}], "/contact"),
    "NUL_CHARACTER": (RECIPIENTS, [{**RECIPIENT, "contact": "a\0b"}], "/contact"),
    "OUT_OF_RANGE": (TRANSFERS, [{**TRANSFER, "data_subject_count": 2**63}], "/data_subject_count"),
    "UNKNOWN_VALUE": (RECIPIENTS, [{**RECIPIENT, "recipient_type": "friend"}], "/recipient_type"),
    "COUNTRY_UNKNOWN": (TRANSFERS, [{**TRANSFER, "destination_country": "vn"}], "/destination_country"),
    "LEGAL_BASIS_UNKNOWN": (ACTIVITIES, [{**ACTIVITY, "legal_basis": "legitimate_interest"}], "/legal_basis"),
    "TAX_CODE_MALFORMED": (RECIPIENTS, [{**RECIPIENT, "tax_code": "?"}], "/tax_code"),
    "DUPLICATE_ID": (RECIPIENTS, [{**RECIPIENT, "recipient_id": OWN_ID}] * 2, "/recipient_id"),
    "DUPLICATE_EXTERNAL_ID": (RECIPIENTS, [{**RECIPIENT, "external_id": "a"}] * 2, "/external_id"),
}
BY_WRITER = {
    "REFERENCE_UNKNOWN", "EXTERNAL_ID_UNKNOWN", "ID_EXISTS", "EXTERNAL_ID_EXISTS", "EXTERNAL_ID_TAKEN", "WRITE_REFUSED",
    "WRITER_CRASHED", "WRITE_FAILED",
}  # fmt: skip


def lines(records: list[Any]) -> bytes:
    """The records as NDJSON; a text stands for itself."""
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in records).encode()


def calls(folder: str, *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of these names in the sources of a folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if any(name in text for name in names) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def texts_in(*folders: str) -> set[str]:
    """Every text that stands in the sources of some folders, outside of the catalogue."""
    return {
        node.value
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "contracts/texts" not in str(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def constants(node: ast.expr) -> list[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.IfExp):
        return [*constants(node.body), *constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(
    ("name", "code"),
    [(" \u00a0", "REQUIRED"), ("é" * 256, "TOO_LONG"), ("a\0", "NUL_CHARACTER"), (7, "EXPECTED_TEXT"),
     ("a" + "\u0300" * 31, "TOO_MANY_MARKS")],
)  # fmt: skip
def test_a_name_in_a_list_is_a_text_like_others(name: Any, code: str) -> None:
    """The same for a record that is larger than any good one."""
    for filler in (1, 3_000_000):
        record = {**ACTIVITY, "recipient_external_ids": ["a", name], "purpose_vi": "x" * filler}
        (reject,) = validate(ACTIVITIES, NDJSON, lines([record])).rejects
        assert ("/recipient_external_ids/1", code) in {(fault.pointer, fault.code) for fault in reject.faults}


DAY, WHOLE, RANGE, TEXT, LONG = "EXPECTED_DATE", "EXPECTED_INTEGER", "OUT_OF_RANGE", "EXPECTED_TEXT", "TOO_LONG"
SELDOM: dict[str, list[tuple[str, Any, str]]] = {
    "processing-activities": [
        ("role", "Controller", "UNKNOWN_VALUE"), ("role", 1, "UNKNOWN_VALUE"), ("subject_group", "x" * 4_001, LONG),
        ("data_subject_count", -1, RANGE), ("data_subject_count", "12", WHOLE), ("data_subject_count", 2**63, RANGE),
        ("started_on", "2026-02-30", DAY), ("started_on", "01/02/2026", DAY), ("consent_method", ["a"], TEXT),
        ("sensitive_notice", "yes", "EXPECTED_BOOLEAN"), ("operations", 7, TEXT),
        ("deletion_method", "a\0", "NUL_CHARACTER"),
        ("security_measures_vi", True, TEXT), ("system_location", {}, TEXT),
    ],
    "data-categories": [("legal_code", code, "UNKNOWN_VALUE") for code in ("B00", "B24", "S17", "b01", "B1", "", 1)],
    "recipients": [
        ("tax_code", "0101-?", "TAX_CODE_MALFORMED"), ("tax_code", "mã", "TAX_CODE_MALFORMED"),
        ("tax_code", 101234567, TEXT), ("tax_code", "1" * 51, "TOO_LONG"), ("dpo_contact", 7, TEXT),
        ("agreement_ref", [], TEXT), ("agreement_date", "2026-13-01", DAY), ("service", "x" * 4_001, "TOO_LONG"),
    ],
    "data-transfers": [
        ("transfer_case", 0, RANGE), ("transfer_case", 6, RANGE), ("transfer_case", "1", WHOLE),
        ("transfer_case", 1.5, WHOLE),
        ("exemption_code", "x" * 51, "TOO_LONG"), ("agreement_ref", 7, TEXT), ("receiver_measures", False, TEXT),
        ("onward_transfer", True, TEXT),
    ],
}  # fmt: skip
"""By entity: members that scanners seldom send, values that these cannot have, and what is said then."""


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_a_member_that_comes_seldom_is_validated_as_the_others_are(entity: Entity) -> None:
    good = {"recipients": RECIPIENT, "data-transfers": TRANSFER, "processing-activities": ACTIVITY}.get(
        entity.name, {"name_vi": "Tên", "category_type": "basic"}
    )
    cases = SELDOM[entity.name]
    bad = validate(entity, NDJSON, lines([{**good, name: value} for name, value, _ in cases])).rejects
    assert [(f.pointer, f.code) for reject in bad for f in reject.faults] == [
        (f"/{name}", code) for name, _, code in cases
    ]
    assert {name for name, _, _ in cases} == entity.seldom
    assert validate(entity, NDJSON, lines([{**good, **dict.fromkeys(entity.seldom)}])).rejects == []


def test_names_in_a_list_are_put_in_order() -> None:
    """So that they are found: an external_id is stored in NFC, trimmed."""
    record = {**ACTIVITY, "recipient_external_ids": [" e\u0301 ", "b"]}
    (read,) = validate(ACTIVITIES, NDJSON, lines([record])).records
    assert read.recipient_external_ids == ["\u00e9", "b"]


@pytest.mark.parametrize("code", BY_INGEST)
def test_ingest_can_say_it(code: str) -> None:
    entity, records, pointer = BY_INGEST[code]
    rejects = validate(entity, NDJSON, lines(records)).rejects
    assert [(fault.code, fault.pointer) for reject in rejects for fault in reject.faults] == [(code, pointer)]


def test_every_code_is_somebodys() -> None:
    said = {code for _, call in calls("services/writer", "Fault") for code in constants(call.args[0])}
    assert said >= BY_WRITER
    by_files = texts_in("libs/files", "services/processor") & RECORD_ERRORS.keys()
    assert BY_INGEST.keys() | said | by_files | {"MORE_ERRORS"} == RECORD_ERRORS.keys()


def test_all_faults_of_a_record_are_said_at_once() -> None:
    record = {"activity_name_en": 1, "legal_basis": "x", "recipient_ids": ["x", "y"], "transfer_ids": 2, "who": None}
    (reject,) = validate(ACTIVITIES, NDJSON, lines([record])).rejects
    assert [(fault.code, fault.pointer) for fault in reject.faults] == [
        ("UNKNOWN_MEMBER", "/who"),
        ("REQUIRED", "/activity_name_vi"),
        ("EXPECTED_TEXT", "/activity_name_en"),
        ("LEGAL_BASIS_UNKNOWN", "/legal_basis"),
        ("EXPECTED_UUID", "/recipient_ids/0"),
        ("EXPECTED_UUID", "/recipient_ids/1"),
        ("EXPECTED_LIST", "/transfer_ids"),
    ]


def test_the_answer_to_legitimate_interest_names_the_law() -> None:
    entity, records, _ = BY_INGEST["LEGAL_BASIS_UNKNOWN"]
    (view,) = error_views(validate(entity, NDJSON, lines(records)).rejects[0])
    for text in (view.error, view.error_vi):
        assert "91/2025/QH15" in text
        assert "legitimate interest" in text
        assert "consent, contract" in text


FILLERS = {name: f"<{name}>" for name in ("max", "min", "allowed", "target", "sqlstate", "count")}


def test_an_error_of_which_only_the_code_could_be_stored_is_told() -> None:
    for code in RECORD_ERRORS:
        (view,) = error_views(Reject(0, "write", [Fault(code)], b""))
        assert view.error
        assert "{" not in view.error + view.error_vi


@pytest.mark.parametrize("error", RECORD_ERRORS.values(), ids=RECORD_ERRORS)
def test_a_records_error_is_worded_in_both_languages(error: RecordError) -> None:
    english, vietnamese = error.text(FILLERS)
    assert english
    assert vietnamese
    assert english != vietnamese
    assert placeholders(error.error) == placeholders(error.error_vi)


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_is_worded_in_both_languages(problem: Problem) -> None:
    for english, vietnamese in ((problem.title, problem.title_vi), (problem.detail, problem.detail_vi)):
        assert english
        assert vietnamese
        assert english != vietnamese
        assert placeholders(english) == {name.removesuffix("_vi") for name in placeholders(vietnamese)}
    assert 400 <= problem.status < 600


REFUSALS = [
    (where, code, call)
    for folder in ("libs", "services")
    for where, call in calls(folder, "Refusal")
    for code in constants(call.args[0])
]


@pytest.mark.parametrize(("where", "code", "call"), REFUSALS, ids=[f"{where}-{code}" for where, code, _ in REFUSALS])
def test_whoever_refuses_fills_the_template(where: str, code: str, call: ast.Call) -> None:
    problem = PROBLEMS[code]
    given = {keyword.arg for keyword in call.keywords}
    assert placeholders(problem.detail) | placeholders(problem.detail_vi) <= given


def test_every_problem_is_somebodys() -> None:
    assert PROBLEMS.keys() <= texts_in("libs", "services")


def test_a_problem_keeps_its_own_members() -> None:
    """Members of a batch's answer stand beside those of the problem and never in their place."""
    refusal = Refusal("NO_VALID_RECORD", members={"status": "failed", "title": "x", "job_id": "y"})
    body = json.loads(problem_document(refusal, "id"))
    assert (body["status"], body["title"], body["job_id"]) == (422, "No valid record", "y")
    assert body["type"] == "urn:sluice:problem:no-valid-record"


MARKER = "QZ7bímật7QZ"
marked = st.sampled_from([MARKER, f" {MARKER}", [MARKER], {"x": MARKER}, f"{MARKER}\0", MARKER * 500, 70707070707.5])


@given(entities, st.data())
@settings(deadline=None, max_examples=50)
def test_no_value_is_repeated_in_a_message(entity: Entity, data: st.DataObject) -> None:
    names = [field.name for field in fields_of(entity)]
    record = data.draw(st.dictionaries(st.sampled_from([*names, "unknown"]), marked, min_size=1))
    record.pop("external_id", None)
    views = [view for r in validate(entity, NDJSON, lines([record])).rejects for view in error_views(r)]
    assert views
    for view in views:
        told = " ".join((view.code, view.pointer, view.error, view.error_vi, str(view.id), str(view.external_id)))
        assert "QZ7" not in told
        assert "70707" not in told


def test_a_name_that_is_refused_itself_is_not_repeated() -> None:
    record = {**RECIPIENT, "recipient_id": MARKER, "external_id": MARKER + "\0"}
    (reject,) = validate(RECIPIENTS, NDJSON, lines([record])).rejects
    assert (reject.id, reject.external_id) == (None, None)


def test_a_long_name_of_a_member_is_cut_in_the_pointer() -> None:
    (reject,) = validate(RECIPIENTS, NDJSON, lines([{**RECIPIENT, "x" * 10_000: 1}])).rejects
    assert len(reject.faults[0].pointer) <= 101


def test_a_records_errors_keep_their_order_and_place() -> None:
    faults = [Fault("REQUIRED", "/a"), Fault("TOO_LONG", "/b", {"max": 5})]
    views = error_views(Reject(41, "validate", faults, b"{}", "id", "name"))
    assert [(view.index, view.id, view.external_id, view.code, view.pointer, view.stage) for view in views] == [
        (41, "id", "name", "REQUIRED", "/a", "validate"),
        (41, "id", "name", "TOO_LONG", "/b", "validate"),
    ]
    assert views[1].error == "Must have 5 characters at most."
