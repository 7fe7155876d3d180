"""A running stack, a browser, and people who use it: each test has a tenant and a window of its own."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from deploy.local.sign_in import running_stack, sign_in_link
from tests.browser import chromium
from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.conftest import started_stack

SLUICE = (sys.executable, "-m", "libs.client.commands.command")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium.running() as running:
        yield running


@pytest.fixture(scope="package")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running system; not started where there is no browser to look at it."""
    data_dir = tmp_path_factory.mktemp("stack")
    with started_stack(data_dir):
        stack = Stack(data_dir)
        yield stack
        stack.close()


@pytest.fixture
def tenant(stack: Stack) -> Tenant:
    """A tenant that nobody has seen before."""
    return Tenant(stack)


def printed_link(stack: Stack, tenant: Tenant) -> str:
    """A one-time link, as the command prints it."""
    command = [*SLUICE, "sign-in", "--tenant", tenant.id, "--data-dir", str(stack.data_dir), "--subject", "Lan"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def made_link(stack: Stack, tenant: Tenant) -> str:
    """The same, without the command."""
    return sign_in_link(running_stack(stack.data_dir), "sluice", uuid.UUID(tenant.id), subject="Lan")


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes windows: Vietnamese, in Hà Nội, 1440 pixels wide, unless told otherwise."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        usual = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(**{**usual, **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def signed_in(context: BrowserContext, stack: Stack, tenant: Tenant) -> Page:
    """A page of somebody who has opened a one-time link; what its scripts complain of fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    page.goto(made_link(stack, tenant))
    page.locator("main button").click()
    page.wait_for_selector("#live")
    return page


@pytest.fixture
def page(window: Callable[..., BrowserContext], stack: Stack, tenant: Tenant) -> Page:
    """The first page, signed in."""
    return signed_in(window(), stack, tenant)


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept: they are looked at."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
