"""How the API's description tells of rules, findings and deadlines."""

from typing import Any

from libs.compliance.articles import ARTICLES
from libs.contracts.compliance.findings import (
    SEVERITIES,
    STATES,
    AcceptBody,
    Deadline,
    DeadlinePage,
    FindingPage,
    FindingRow,
    FindingView,
    RuleList,
    RuleView,
)
from libs.contracts.compliance.own_rules import CODE_PATTERN, OwnRule, OwnRuleBody
from services.ingest.findings.filters import LONGEST_CODE, SUBJECTS
from services.ingest.findings.resource import CSV, DECIDE, DEFAULT_PAGE, LARGEST_PAGE, NDJSON
from services.ingest.findings.rules import MOST_DAYS, USUAL_DAYS
from services.ingest.inventory.resource import READ, STEER
from services.ingest.openapi.parts import (
    PROBLEMS_OF_ALL,
    TEXT,
    TOKEN_PARAMETER,
    UUID_TEXT,
    Schema,
    content,
    get,
    needs,
    problems,
    query,
    ref,
)

TAG = "findings"
CODE: Schema = {"name": "code", "in": "path", "required": True, "schema": TEXT | {"maxLength": LONGEST_CODE}}
OWN_CODE: Schema = {"name": "code", "in": "path", "required": True, "schema": TEXT | {"pattern": CODE_PATTERN}}
RECORD: Schema = {"name": "record", "in": "path", "required": True, "schema": UUID_TEXT}
LIMIT = query(
    "limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE}, "How many a page."
)


def finding_schemas() -> list[Any]:
    """The bodies."""
    return [
        AcceptBody, Deadline, DeadlinePage, FindingPage, FindingRow, FindingView, OwnRule, OwnRuleBody, RuleList,
        RuleView,
    ]  # fmt: skip


def finding_paths() -> Schema:
    """What is answered for rules, findings and deadlines."""
    one = "/api/v1/findings/{code}/{record}"
    tables = {
        **content(ref("FindingPage")), **content(TEXT, media=CSV), **content(ref("FindingRow"), media=NDJSON),
    }  # fmt: skip
    days: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_DAYS, "default": USUAL_DAYS}
    paths = {
        "/api/v1/findings": get(
            "list_findings", "Findings, those of the gravest rules first: pages of JSON, or all of them as a table",
            tables, *_filters(), LIMIT, TOKEN_PARAMETER, tag=TAG,
        ),
        one: get(
            "get_finding", "What a rule has found of a record", content(ref("FindingView")), CODE, RECORD, tag=TAG
        ),
        "/api/v1/rules": get(
            "list_rules", "All rules, the gravest first, each with the counts of its last run",
            content(ref("RuleList")), tag=TAG,
        ),
        "/api/v1/rules/{code}": get(
            "get_rule", "A rule of the tenant's own", content(ref("OwnRule")), OWN_CODE,
            statuses=(*PROBLEMS_OF_ALL, 422), tag=TAG,
        ),
        "/api/v1/deadlines": get(
            "list_deadlines", "What is overdue, and what is due soon, the most urgent first",
            content(ref("DeadlinePage")), query("days", days, "How many days ahead."), LIMIT, TOKEN_PARAMETER, tag=TAG,
        ),
    }  # fmt: skip
    for path in paths.values():
        path["get"]["security"] = needs(READ, STEER)
    paths[f"{one}/accept"] = {"post": _decision("accept_finding", "Live with a finding until a day", "AcceptBody")}
    paths[f"{one}/reopen"] = {
        "post": _decision("reopen_finding", "Live with a finding no longer", "Reason", needed=False)
    }
    paths["/api/v1/rules/{code}"] |= {"put": _put(), "delete": _delete()}
    return paths


def _filters() -> list[Schema]:
    return [
        query("severity", _several(SEVERITIES), "Only of rules of one of these severities."),
        query("code", {"type": "array", "items": TEXT | {"maxLength": LONGEST_CODE}}, "Only of these rules."),
        query("article", _several(ARTICLES), "Only of rules that stand on one of these articles or forms."),
        query("entity", _several(SUBJECTS), "Only about records of these entities, or about the organisation."),
        query("state", _several(STATES), "Only in one of these states; without it, what is not resolved."),
        query("record", UUID_TEXT, "Only about this record."),
        query("new", {"type": "boolean", "default": False}, "Only what the last run found and the one before had not."),
    ]


def _several(values: tuple[str, ...]) -> Schema:
    return {"type": "array", "items": {"type": "string", "enum": list(values)}}


def _writes(name: str, summary: str, responses: Schema, *parameters: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "tags": [TAG],
        "security": needs(DECIDE),
        "parameters": list(parameters),
        "responses": {**responses, **problems(*PROBLEMS_OF_ALL, 408, 409, 411, 413, 415, 422)},
    }


def _decision(name: str, summary: str, body: str, *, needed: bool = True) -> Schema:
    shown = {"200": {"description": "The finding as it is now.", "content": content(ref("FindingView"))}}
    asked = {"requestBody": {"required": needed, "content": content(ref(body))}}
    return _writes(name, summary, shown, CODE, RECORD) | asked


def _put() -> Schema:
    shown = content(ref("OwnRule"))
    responses = {
        "200": {"description": "The rule as it is now.", "content": shown},
        "201": {"description": "The rule, which is new.", "content": shown},
    }
    asked = {"requestBody": {"required": True, "content": content(ref("OwnRuleBody"))}}
    return _writes("put_rule", "Make a rule of one's own, or have it be another", responses, OWN_CODE) | asked


def _delete() -> Schema:
    return _writes("delete_rule", "Delete a rule of one's own", {"204": {"description": "It is no more."}}, OWN_CODE)
