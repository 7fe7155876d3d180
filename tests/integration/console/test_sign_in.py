"""Signing in, staying in, and out; and what other sites cannot have a browser do."""

import time

import httpx
import pytest
import redis

from libs.identity.callers import Caller
from services.console.sign_in.sessions import Links
from tests.integration.console.visitors.site import EVERYTHING, Person, Site
from tests.integration.service_process import Scanner
from tests.signing import bearer

UNKNOWN = "01a00000-0000-7000-8000-000000000000"
PAGES = ("/", "/jobs", f"/jobs/{UNKNOWN}", "/api/v1/events", f"/api/v1/jobs/{UNKNOWN}/events")
POSTED = ("/sign-in", "/sign-out", "/preferences", "/jobs/selected", f"/jobs/{UNKNOWN}/cancel")
ELSEWHERE = ("//evil.example/", "/\\evil.example", "https://evil.example", "javascript:alert(1)")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_shown_to_nobody(site: Site, page: str) -> None:
    answer = httpx.get(f"{site.url}{page}", headers={"Accept": "text/html"}, trust_env=False)

    assert answer.status_code == (401 if page.startswith("/api") else 303)
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/sign-in")


def test_a_token_signs_in_and_the_session_is_for_browsers_alone(site: Site, scanner: Scanner) -> None:
    person = Person(site.url, scanner.tenant)
    answer = person.post("/sign-in", token=person.token, next="/jobs?status=failed")

    assert answer.headers["location"] == "/jobs?status=failed"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # by plain HTTP a browser would not send it back
    assert "lan" in person.text("/")


@pytest.mark.parametrize(
    "further", ["//evil.example/", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(site: Site, scanner: Scanner, further: str) -> None:
    person = Person(site.url, scanner.tenant)
    assert person.post("/sign-in", token=person.token, next=further).headers["location"] == "/"


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_a_bad_token_signs_nobody_in(site: Site, scanner: Scanner, token: str) -> None:
    answer = Person(site.url, scanner.tenant).post("/sign-in", token=token)

    assert answer.status_code == 401
    assert "sluice_session" not in answer.headers.get("set-cookie", "")


def test_a_token_that_may_see_nothing_signs_nobody_in(site: Site, scanner: Scanner) -> None:
    person = Person(site.url, scanner.tenant, scope="ingest:write")
    assert person.post("/sign-in", token=person.token).status_code == 403


def test_signing_out_ends_the_session_wherever_its_cookie_is(site: Site, person: Person) -> None:
    secret = person.http.cookies["sluice_session"]
    assert person.post("/sign-out").status_code == 303

    person.http.cookies.set("sluice_session", secret)
    assert person.get("/").status_code == 303


def test_a_link_is_good_once_and_looking_at_it_does_not_spend_it(
    site: Site, scanner: Scanner, redis_client: redis.Redis
) -> None:
    secret = _links(site, redis_client).make(Caller("mai", scanner.tenant, frozenset(EVERYTHING.split())), 60)
    person = Person(site.url, scanner.tenant)
    for _ in range(3):
        assert person.get(f"/sign-in?link={secret}").status_code == 200

    assert person.post("/sign-in", link=secret).status_code == 303
    assert "mai" in person.text("/")
    assert person.post("/sign-in", link=secret).status_code == 403


def test_redis_knows_no_secret(site: Site, person: Person, redis_client: redis.Redis) -> None:
    secret = person.http.cookies["sluice_session"]
    found = list(redis_client.scan_iter(f"{{{site.namespace}}}:console:*"))

    assert found
    assert not any(secret.encode() in key or secret.encode() in (redis_client.get(key) or b"") for key in found)


def test_a_session_ends_with_its_token(site: Site, scanner: Scanner) -> None:
    person = Person(site.url, scanner.tenant)
    person.token = bearer(scanner.tenant, scope=EVERYTHING, exp=int(time.time()) - 1).removeprefix("Bearer ")
    assert person.post("/sign-in", token=person.token).status_code == 303  # within the leeway for clocks
    assert person.get("/").status_code == 303


def test_what_a_page_reads_by_itself_keeps_no_session(site: Site, person: Person, redis_client: redis.Redis) -> None:
    key = next(
        key for key in redis_client.scan_iter(f"{{{site.namespace}}}:console:session:*")
        if str(person.tenant).encode() in (redis_client.get(key) or b"")
    )  # fmt: skip
    redis_client.expire(key, 100)
    assert person.get("/", **{"HX-Request": "true"}).status_code == 200
    assert redis_client.ttl(key) <= 100

    assert person.get("/").status_code == 200
    assert redis_client.ttl(key) > 500


FOREIGN = [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", POSTED)
def test_no_other_site_has_a_browser_change_anything(person: Person, path: str, headers: dict[str, str]) -> None:
    answer = person.http.post(path, data={"token": person.token, "reason": "x", "action": "cancel"}, headers=headers)

    assert answer.status_code == 403
    assert person.get("/").status_code == 200


def test_a_browser_that_says_where_a_form_comes_from_is_believed(person: Person) -> None:
    answer = person.http.post("/preferences", data={"language": "en"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303


@pytest.mark.parametrize("path", POSTED[1:])
def test_nothing_is_changed_by_looking(person: Person, path: str) -> None:
    assert person.get(path).status_code in (404, 405)
    assert person.get("/").status_code == 200


def test_no_page_lets_a_script_or_a_style_of_others_in(person: Person) -> None:
    for path in ("/", "/jobs", "/sign-in", "/nothing-here"):
        answer = person.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text


def _links(site: Site, client: redis.Redis) -> Links:
    return Links(client, site.namespace)
