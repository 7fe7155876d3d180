"""The description of the API: whole, consistent, and of the same routes as the application."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import falcon
import pytest
from falcon import inspect

from libs.contracts.answers import Limits
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus, Lane, Mode, OnError, RetryStrategy
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.registry import KINDS
from libs.contracts.texts.problems import PROBLEMS
from libs.identity.settings import TokenSettings
from services.ingest.app import _add_routes
from services.ingest.batches.resource import BatchResource
from services.ingest.files.wiring import add_files
from services.ingest.findings.resource import FindingResource
from services.ingest.findings.rules import DeadlineResource, RuleResource, add_finding_routes
from services.ingest.inventory.resource import InventoryResource, add_inventory_routes
from services.ingest.jobs.records import RecordResource
from services.ingest.jobs.resource import JobResource
from services.ingest.mappings.resource import MappingResource, add_mapping_routes
from services.ingest.openapi.document import description
from services.ingest.operators.resource import OperatorResource
from services.ingest.organisation.resource import OrganisationResource, add_organisation_routes
from services.ingest.schedules.resource import ScheduleResource, add_schedule_routes
from services.ingest.settings import IngestSettings
from services.ingest.statistics.resource import StatisticsResource, add_statistics_routes
from services.ingest.system.resource import SystemResource, add_system_routes
from services.ingest.tasks.resource import add_type_routes

Json = dict[str, Any]
DOCUMENT: Json = json.loads(description("1.2.3"))
METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
OPERATIONS = [
    (path, method, call)
    for path, item in DOCUMENT["paths"].items()
    for method, call in item.items()
    if method in METHODS
]
each_operation = pytest.mark.parametrize(
    ("path", "method", "call"), OPERATIONS, ids=[f"{method} {path}" for path, method, _ in OPERATIONS]
)


def objects(value: Any) -> Iterator[Json]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def routes() -> set[tuple[str, str]]:
    """What the application answers, apart from what Falcon adds by itself."""
    nothing: Any = None
    settings = IngestSettings(redis_url="r", database_url="d", tokens=TokenSettings(token_secret_file="s"))
    app = falcon.App()
    batches = BatchResource(nothing, nothing, nothing, nothing, nothing)
    jobs = JobResource(nothing, nothing, nothing, nothing)
    records = RecordResource(nothing, nothing, nothing, nothing)
    _add_routes(app, batches, jobs, records, OperatorResource(nothing, nothing, settings, "1"))
    add_type_routes(app, nothing, nothing)
    add_files(app, settings, nothing, nothing)
    add_mapping_routes(app, MappingResource(nothing, nothing, nothing))
    add_inventory_routes(app, InventoryResource(nothing, nothing))
    findings = FindingResource(nothing, nothing, nothing, nothing)
    add_finding_routes(app, findings, RuleResource(nothing, nothing), DeadlineResource(nothing))
    add_organisation_routes(app, OrganisationResource(nothing, nothing))
    add_schedule_routes(app, ScheduleResource(nothing, nothing, nothing, nothing))
    add_statistics_routes(app, StatisticsResource(nothing))
    add_system_routes(app, SystemResource(nothing, nothing, nothing))
    return {
        (route.path.replace(":id}", "}"), method.method.lower())
        for route in inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal and method.method != "OPTIONS"
    }


def test_every_route_is_described_and_nothing_else_is() -> None:
    described = {
        (re.sub(rf"/batch/(?:{'|'.join(ENTITIES)})(?=/|$)", "/batch/{entity}", path), method)
        for path, method, _ in OPERATIONS
    }
    assert described == routes()
    batches = [path for path, _, _ in OPERATIONS if "/batch/" in path]
    assert len(batches) == 2 * len(ENTITIES)


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    pointers = {each["$ref"] for each in objects(DOCUMENT) if "$ref" in each}
    for pointer in pointers:
        target: Any = DOCUMENT
        for step in pointer.removeprefix("#/").split("/"):
            target = target[step]
        assert isinstance(target, dict)
    assert {pointer.rpartition("/")[2] for pointer in pointers} == set(DOCUMENT["components"]["schemas"])


def test_operation_ids_are_unique_names() -> None:
    names = [call["operationId"] for _, _, call in OPERATIONS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert set(DOCUMENT) <= {"openapi", "info", "security", "paths", "components", "servers", "tags"}
    assert not [each for each in objects(DOCUMENT) if "nullable" in each]  # 3.0's word
    for requirement in DOCUMENT["security"]:
        assert set(requirement) <= set(DOCUMENT["components"]["securitySchemes"])


@each_operation
def test_an_operation_is_complete(path: str, method: str, call: Json) -> None:
    assert call["summary"]
    parameters = call.get("parameters", [])
    named = [(parameter["in"], parameter["name"]) for parameter in parameters]
    assert len(set(named)) == len(named)
    in_path = {name for place, name in named if place == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", path))
    for parameter in parameters:
        assert parameter["schema"]
        assert parameter["required"] is (parameter["in"] == "path")
        assert set(parameter) <= {"name", "in", "required", "schema", "description"}
    for status, answer in call["responses"].items():
        assert re.fullmatch(r"[1-5]\d\d", status)
        assert answer["description"]
        for media, content in answer.get("content", {}).items():
            assert re.fullmatch(r"[\w.+-]+/[\w.+-]+", media)
            assert "schema" in content
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"]
    assert any(int(status) < 400 for status in call["responses"])
    assert ("requestBody" in call) == (method in ("post", "patch", "put") and call["operationId"] != "approve_mapping")
    assert (call.get("security") == []) == (path in ("/livez", "/readyz", "/openapi.json", "/api/v1/limits"))


def test_every_problem_has_a_status_that_is_described() -> None:
    described = {int(status) for _, _, call in OPERATIONS for status in call["responses"]}
    assert {problem.status for problem in PROBLEMS.values()} - {500} <= described


def choices_of(name: str) -> set[str]:
    """The values that the parameters of this name may have."""
    found = [
        parameter["schema"]["enum"]
        for _, _, call in OPERATIONS
        for parameter in call.get("parameters", [])
        if parameter["name"] == name and "enum" in parameter["schema"]
    ]
    assert found
    return set(found[0])


def filters_of(name: str) -> set[str]:
    """The values that a filter of the list of jobs takes, any number of them."""
    call = DOCUMENT["paths"]["/api/v1/jobs"]["get"]
    (schema,) = (parameter["schema"] for parameter in call["parameters"] if parameter["name"] == name)
    return set(schema["items"]["enum"])


@pytest.mark.parametrize(("name", "values"), [
    ("status", list(JobStatus)), ("entity", list(ENTITIES)), ("lane", get_args(Lane)), ("type", ["write", *KINDS]),
])  # fmt: skip
def test_the_filters_are_those_of_the_code(name: str, values: list[str]) -> None:
    assert filters_of(name) == set(values)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_type_is_described_as_it_is_validated(kind: TaskKind) -> None:
    call = DOCUMENT["paths"][f"/api/v1/jobs/{kind.name}"]["post"]
    assert call["security"] == [{"token": [kind.scope]}]
    body = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = DOCUMENT["components"]["schemas"][body]
    assert list(schema["properties"]) == list(kind.parameters.__struct_encode_fields__)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("name", "values"), [
    ("mode", get_args(Mode)), ("on_error", get_args(OnError)), ("lane", get_args(Lane)),
    ("strategy", get_args(RetryStrategy)), ("dry_run", ["true", "false"]),
])  # fmt: skip
def test_the_choices_are_those_of_the_code(name: str, values: list[str]) -> None:
    assert choices_of(name) == set(values)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_a_record_is_described_as_it_is_validated(entity: Any) -> None:
    schema = DOCUMENT["components"]["schemas"][entity.record.__name__]
    assert list(schema["properties"]) == list(entity.record.__struct_fields__)
    assert schema["additionalProperties"] is False
    body = DOCUMENT["components"]["schemas"][f"{entity.record.__name__}Batch"]
    records = body["properties"][entity.member]
    assert (records["minItems"], records["maxItems"], body["additionalProperties"]) == (1, entity.max_records, False)
    for pattern in {each["pattern"] for each in schema["properties"].values() if "pattern" in each}:
        assert re.search(pattern, "Tên")
        assert not re.search(pattern, "a\0b")


def test_the_limits_are_described_as_they_are_answered() -> None:
    assert set(DOCUMENT["components"]["schemas"]["Limits"]["properties"]) == set(Limits.__struct_fields__)
