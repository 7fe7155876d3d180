"""Signing in with a provider, or by the word of a proxy: the same sessions and rights, below a path as well."""

import asyncio
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.refusals import Refusal
from services.console.sign_in.oidc.provider import Provider as ProviderOfConsole
from services.console.sign_in.oidc.settings import OidcSettings
from tests.integration.console.visitors.provider import CLIENT, CLIENT_SECRET, Provider, running_provider, settings_of
from tests.integration.console.visitors.site import ConsoleProcess, words
from tests.servers import cloned_database
from tests.waiting import wait_until

PUBLIC, BASE = "https://sluice.example", "/console"
LISTED, UNLISTED = "127.0.0.2", "127.0.0.1"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def console(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer,
    provider: Provider,
) -> Iterator[ConsoleProcess]:  # fmt: skip
    """A console alone, which browsers reach as https://sluice.example/console."""
    folder = tmp_path_factory.mktemp("provided")
    secret = folder / "client-secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    with (
        cloned_database(postgres.url, template) as database_url,
        ConsoleProcess(
            folder, redis_url=valkey.url, database_url=database_url, namespace=f"provided-{uuid.uuid4().hex[:8]}",
            console_url=f"{PUBLIC}{BASE}", console_language="en", proxy_networks=f"10.0.0.0/8, {LISTED}",
            proxy_roles="staff=operate,readers=rejects", proxy_sign_out_url="/oauth2/sign_out",
            **settings_of(provider, oidc_client_secret_file=secret),
        ) as console,
    ):  # fmt: skip
        console.wait_ready(console.url)
        yield console


class Browser:
    """As much of one as signing in takes: cookies by their paths, and addresses of the world outside."""

    def __init__(self, console: ConsoleProcess, address: str = UNLISTED) -> None:
        self.cookies: dict[str, str] = {}
        self.set_cookies: dict[str, str] = {}
        self._inner = console.url
        self._http = httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=20, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def go(self, url: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Ask, without following; `url` is as the world names it, or a path below the console's."""
        inner = url.removeprefix(PUBLIC) if url.startswith(PUBLIC) else f"{BASE}{url}"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept": "text/html", **({"Cookie": cookie} if cookie else {}), **headers}
        answer = self._http.request(method, f"{self._inner}{inner}", headers=sent)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            self.set_cookies[name] = line
            self.cookies[name] = rest.partition(";")[0].strip('"')
        return answer

    def back_from_provider(self, further: str = "") -> str:
        """Begin to sign in, go to the provider, and say where that sends the browser."""
        begun = self.go(f"/sign-in/oidc{further}")
        assert begun.status_code == 303, begun.text
        sent = self._http.get(begun.headers["location"])
        assert sent.status_code == 302
        location: str = sent.headers["location"]
        return location


@pytest.fixture
def browser(console: ConsoleProcess, provider: Provider) -> Iterator[Browser]:
    """A new browser; the provider behaves."""
    provider.behave()
    with Browser(console) as browser:
        yield browser


def refusal(answer: httpx.Response) -> str:
    """What the page says that was wrong."""
    assert "sluice_session" not in answer.headers.get("set-cookie", "")
    return words(answer.text).partition("Nobody was signed in: ")[2].partition(" Sign in with")[0]


def test_somebody_signs_in_with_the_provider_and_out(browser: Browser, provider: Provider) -> None:
    offered = browser.go("/sign-in?next=/jobs?status=failed").text
    assert f'href="{BASE}/sign-in/oidc?next=/jobs%3Fstatus%3Dfailed"' in offered
    back = browser.back_from_provider("?next=/jobs%3Fstatus%3Dfailed")
    for mark in ("HttpOnly", "Secure", "SameSite=Lax", f"Path={BASE}/sign-in/oidc"):
        assert mark in browser.set_cookies["sluice_oidc"]
    assert back.startswith(f"{PUBLIC}{BASE}/sign-in/oidc/callback?")

    entered = browser.go(back)
    assert (entered.status_code, entered.headers["location"]) == (303, f"{BASE}/jobs?status=failed")
    for mark in ("HttpOnly", "Secure", "SameSite=Lax", f"Path={BASE}/"):
        assert mark in browser.set_cookies["sluice_session"]
    page = browser.go("/").text
    assert "lan@example.vn" in page
    assert provider.person["sluice"]["tenant"] in page
    assert 'id="workers"' not in page  # the role has no right to see the system

    assert browser.go("/sign-out", "POST", Origin="https://evil.example").status_code == 403
    left = browser.go("/sign-out", "POST", Origin=PUBLIC)
    assert left.status_code == 303
    assert f'href="{BASE}/sign-in/oidc/out"' in browser.go(left.headers["location"].removeprefix(BASE)).text
    out = urlsplit(browser.go("/sign-in/oidc/out").headers["location"])
    assert out.path.endswith("/logout")
    assert parse_qs(out.query)["post_logout_redirect_uri"] == [f"{PUBLIC}{BASE}/sign-in"]
    assert browser.go("/").status_code == 303


def test_an_answer_is_for_the_browser_that_asked_and_once(
    browser: Browser, console: ConsoleProcess, provider: Provider
) -> None:
    back = browser.back_from_provider()
    with Browser(console) as stranger:  # somebody was sent the address
        assert "another browser" in refusal(stranger.go(back))
        stranger.back_from_provider()
        assert "another browser" in refusal(stranger.go(back))
    assert "another browser" in refusal(browser.go(back.replace("state=", "state=x")))
    browser.cookies.pop("sluice_oidc")
    assert "another browser" in refusal(browser.go(back))

    attempt = browser.back_from_provider()
    cookie = browser.cookies["sluice_oidc"]
    assert browser.go(attempt).status_code == 303
    browser.cookies["sluice_oidc"] = cookie
    assert "not let you in" in refusal(browser.go(attempt))  # the provider takes a code once


MISBEHAVIOUR: list[tuple[dict[str, Any], str]] = [
    ({"nonce": "another"}, "(nonce)"),
    ({"nonce": None}, "(nonce)"),
    ({"aud": "somebody-else"}, "(aud)"),
    ({"aud": [CLIENT, "somebody-else"]}, "(azp)"),
    ({"azp": "somebody-else"}, "(azp)"),
    ({"iss": "https://evil.example"}, "(iss)"),
    ({"exp": 1_700_000_000}, "(exp)"),
    ({"iat": None}, "(iat)"),
    ({"email": None}, "in email"),
    ({"email": "a\nb"}, "in email"),
    ({"sluice": {"roles": ["staff"]}}, "in sluice.tenant"),
    ({"sluice": {"tenant": "acme", "roles": ["staff"]}}, "in sluice.tenant"),
    ({"sluice": "nothing"}, "in sluice.tenant"),
    ({"sluice": {"tenant": str(uuid.UUID(int=1)), "roles": ["operate", "guests"]}}, "staff, watchers, admins"),
    ({"sluice": {"tenant": str(uuid.UUID(int=1))}}, "staff, watchers, admins"),
]


@pytest.mark.parametrize(("changes", "told"), MISBEHAVIOUR)
def test_a_token_that_is_not_right_signs_nobody_in(
    browser: Browser, provider: Provider, changes: dict[str, Any], told: str
) -> None:
    provider.changes = changes
    answer = browser.go(browser.back_from_provider())
    assert answer.status_code == 403
    assert told in refusal(answer)


@pytest.mark.parametrize("kid", ["2026-11", "of nobody"])
def test_a_token_that_somebody_else_has_signed_signs_nobody_in(browser: Browser, provider: Provider, kid: str) -> None:
    provider.key, provider.kid = rsa.generate_private_key(public_exponent=65_537, key_size=2_048), kid
    assert "(signature)" in refusal(browser.go(browser.back_from_provider()))


def test_a_provider_that_refuses_fails_or_is_slow_is_said_so_in_either_language(
    browser: Browser, provider: Provider
) -> None:
    provider.refuses = "access_denied"
    assert "not let you in" in refusal(browser.go(browser.back_from_provider()))
    provider.behave()

    back = browser.back_from_provider()
    provider.fails = {"/token": 500}
    answer = browser.go(back)
    assert (answer.status_code, "does not answer as it should" in refusal(answer)) == (503, True)

    browser.go("/sign-in/oidc")
    back = browser.back_from_provider()
    provider.go_on.clear()
    browser.cookies["sluice_lang"] = "vi"
    answer = browser.go(back)
    provider.go_on.set()
    assert answer.status_code == 503
    assert "Dịch vụ đăng nhập không phản hồi đúng" in answer.text
    assert browser.go("/sign-in").status_code == 200  # and a token still signs in


def test_a_provider_that_is_away_is_asked_again_and_what_it_said_is_kept(provider: Provider) -> None:
    provider.behave()
    asked = ProviderOfConsole(msgspec.convert(settings_of(provider), OidcSettings))

    async def states() -> list[bool]:
        known = []
        for away in (True, False, True):
            provider.fails = {"/.well-known/openid-configuration": 500} if away else {}
            known.append(await _is_known(asked))
            asked._calm_until = asked._fresh_until = 0.0  # some minutes later
        return known

    # In a thread of its own: in this one the loop of a browser's driver may be running.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(states())).result() == [False, True, True]


async def _is_known(asked: ProviderOfConsole) -> bool:
    try:
        return (await asked.described()).issuer == asked._settings.oidc_issuer
    except Refusal as refusal:
        assert refusal.problem.code == "OIDC_AWAY"
        return False


def test_a_key_that_nobody_knows_is_looked_for_though_not_with_every_token(
    provider: Provider, browser: Browser
) -> None:
    provider.key, provider.kid = rsa.generate_private_key(public_exponent=65_537, key_size=2_048), "of nobody"
    wait_until(lambda: "/keys" in _asked_by(browser, provider), 10, "the keys are looked at")
    asked = len(provider.asked)
    for _ in range(3):
        assert "(signature)" in refusal(browser.go(browser.back_from_provider()))
    assert provider.asked[asked:].count("/keys") <= 2


def _asked_by(browser: Browser, provider: Provider) -> list[str]:
    before = len(provider.asked)
    browser.go(browser.back_from_provider())
    return provider.asked[before:]


# A proxy's word


def headers(**changes: str) -> dict[str, str]:
    """What a proxy says of somebody."""
    told = {"User": "mai", "Tenant": str(uuid.UUID(int=7)), "Groups": "staff,others", **changes}
    return {f"X-Auth-Request-{name}": value for name, value in told.items()}


def test_a_listed_proxy_names_people_and_nobody_else_does(console: ConsoleProcess) -> None:
    with Browser(console, LISTED) as behind:
        page = behind.go("/", **headers())
        assert page.status_code == 200
        assert "mai" in page.text
        assert "set-cookie" not in page.headers
        assert 'href="/oauth2/sign_out"' in page.text
        assert behind.go("/session", **headers()).status_code == 204
        assert behind.go("/").status_code == 303  # it names nobody

    with Browser(console, UNLISTED) as direct:
        assert direct.go("/", **headers()).status_code == 303
        assert direct.go("/api/v1/events", **headers()).status_code == 401


def test_what_a_proxy_names_has_rights_by_its_roles_and_no_other_site_uses_them(console: ConsoleProcess) -> None:
    job = f"/jobs/{uuid.uuid4()}"
    with Browser(console, LISTED) as behind:
        assert behind.go(f"{job}/cancel", "POST", Origin=PUBLIC, **headers(Groups="readers")).status_code == 403
        for origin in ("https://evil.example", "null"):
            assert behind.go(f"{job}/cancel", "POST", Origin=origin, **headers()).status_code == 403
        assert behind.go(f"{job}/cancel", "POST", **headers()).status_code == 403
        form = {"Origin": PUBLIC, "Content-Type": "application/x-www-form-urlencoded"}
        assert behind.go(f"{job}/cancel", "POST", **form, **headers()).status_code in (404, 411, 422)
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert behind.go("/api/v1/events", **foreign, **headers()).status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"Tenant": "acme"}, "X-Auth-Request-Tenant"), ({"Tenant": ""}, "X-Auth-Request-Tenant"),
     ({"User": "a" * 300}, "X-Auth-Request-User"), ({"Groups": ""}, "staff, readers"),
     ({"Groups": "operate"}, "staff, readers")],
)  # fmt: skip
def test_what_a_proxy_says_badly_lets_nobody_in(console: ConsoleProcess, changes: dict[str, str], told: str) -> None:
    with Browser(console, LISTED) as behind:
        answer = behind.go("/", **headers(**changes))
        assert answer.status_code == 403
        assert told in words(answer.text)


def test_a_header_that_comes_twice_lets_nobody_in(console: ConsoleProcess) -> None:
    twice = [*headers().items(), ("X-Auth-Request-Groups", "readers"), ("Accept", "text/html")]
    with httpx.Client(transport=httpx.HTTPTransport(local_address=LISTED), trust_env=False) as client:
        assert client.get(f"{console.url}{BASE}/", headers=twice).status_code == 403
