"""For operators and for machines: health, metrics, limits and the description of the API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.samples import KINDS, RECIPIENT, Json
from tests.waiting import wait_until


def metrics(stack: Stack, name: str) -> str:
    """The metrics page of one part of the system."""
    url = stack.metrics_urls[name]
    answer = httpx.get(url if url.endswith("/metrics") else f"{url}/metrics", trust_env=False)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_needs_no_token(stack: Stack, path: str) -> None:
    assert stack.http.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("name", ["ingest", "writer-1", "writer-2", "console"])
def test_every_part_says_how_it_is(stack: Stack, name: str, path: str) -> None:
    base = stack.url if name == "ingest" else stack.metrics_urls[name].removesuffix("/metrics")
    assert httpx.get(f"{base}{path}", trust_env=False).status_code == 200


@pytest.mark.parametrize("name", ["ingest", "writer-1", "writer-2", "console"])
def test_metrics_are_named_and_documented(stack: Stack, name: str) -> None:
    page = metrics(stack, name)
    helped = set(re.findall(r"^# HELP (sluice_\w+) \S", page, re.MULTILINE))
    typed = set(re.findall(r"^# TYPE (sluice_\w+) \w+$", page, re.MULTILINE))
    assert helped
    assert helped == typed


def test_metrics_name_no_tenant_and_no_job(stack: Stack, tenant: Tenant) -> None:
    body = tenant.post(RECIPIENT, [RECIPIENT.sample(name_vi="QZ7giátrị7QZ")]).json()
    pages = [metrics(stack, name) for name in ("ingest", "writer-1", "writer-2")]
    for private in (tenant.id, body["job_id"], body["recipient_ids"][0], "QZ7"):
        assert not [page for page in pages if private in page]


def test_metrics_move_when_a_batch_is_written(stack: Stack, tenant: Tenant) -> None:
    def of_the_product() -> list[list[str]]:
        return [
            re.findall(r"^sluice_.+$", metrics(stack, name), re.MULTILINE)
            for name in ("ingest", "writer-1", "writer-2")
        ]

    before = of_the_product()
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()]).status_code == 201
    wait_until(lambda: (now := of_the_product())[0] != before[0] and now[1:] != before[1:], 10, "metrics move")


def test_metrics_are_not_on_the_public_port(tenant: Tenant) -> None:
    assert tenant.get("/metrics").status_code in (401, 403, 404)


def numbers(value: Any) -> Iterator[float]:
    """Every number in a JSON value."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)
    elif isinstance(value, int | float):
        yield value


def test_limits_name_every_limit_that_a_client_can_hit(tenant: Tenant) -> None:
    answer = tenant.get("/api/v1/limits")
    assert answer.status_code == 200
    limits = answer.json()
    assert set(numbers(limits)) >= {10_000, 5_000, 64 * 1024 * 1024, 60, 200, 255}
    for kind in KINDS:
        assert kind.name in answer.text


@pytest.fixture(scope="module")
def openapi(stack: Stack) -> Json:
    """The description of the API, for which nobody needs a token."""
    answer = stack.http.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    described: Json = answer.json()
    return described


CALLS = [
    *(("post", f"/api/v1/tenants/x/batch/{kind.name}{tail}") for kind in KINDS for tail in ("", "/async")),
    *(("get", f"/api/v1/jobs{tail}") for tail in ("", "/x", "/x/progress", "/x/errors", "/x/rejects")),
    *(("post", f"/api/v1/jobs/x/{call}") for call in ("cancel", "retry")),
    *(("get", path) for path in ("/api/v1/limits", "/openapi.json", "/livez", "/readyz")),
]


def operation(openapi: Json, method: str, path: str) -> Json:
    """The description of this call; templates match one segment each."""
    (found,) = [
        calls[method]
        for template, calls in openapi["paths"].items()
        if method in calls and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path)
    ]
    described: Json = found
    return described


def test_the_description_is_openapi_3_1(openapi: Json) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert openapi["info"]["title"]
    assert openapi["info"]["version"]


@pytest.mark.parametrize(("method", "path"), CALLS, ids=[" ".join(call) for call in CALLS])
def test_every_call_is_described(openapi: Json, method: str, path: str) -> None:
    described = operation(openapi, method, path)
    assert described["responses"]
    if "/batch/" in path:
        codes = {"201" if not path.endswith("/async") else "202", "400", "401", "403", "413", "415", "422", "503"}
        assert described["responses"].keys() >= codes
        assert described["requestBody"]["content"].keys() >= {"application/json", "application/x-ndjson"}


def test_no_reference_of_the_description_dangles(openapi: Json) -> None:
    for pointer in re.findall(r'"\$ref": "(.*?)"', json.dumps(openapi)):
        target: Any = openapi
        assert pointer.startswith("#/")
        for step in pointer[2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_every_member_of_every_kind_is_described(openapi: Json, kind: Any) -> None:
    described = [set(schema["properties"]) for schema in schemas(openapi) if "properties" in schema]
    assert [names for names in described if names >= {kind.id_field, "external_id", *kind.required, *kind.optional}]


def schemas(value: Any) -> Iterator[Json]:
    """Every object in the description."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from schemas(inner)
