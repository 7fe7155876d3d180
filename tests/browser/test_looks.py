"""How the pages look: accessible in both themes, and as pictures that are kept in build/screenshots."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.test_console import console, recipients
from tests.system.api import Stack, Tenant
from tests.system.loads import csv_of, loaded
from tests.system.samples import ACTIVITY, RECIPIENT, TRANSFER

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
WIDTHS = {"wide": (1440, 900), "narrow": (390, 844)}
USUAL = {("wide", "vi", "light"), ("wide", "en", "dark"), ("narrow", "vi", "dark"), ("narrow", "en", "light")}
VARIANTS = [
    pytest.param(*each, marks=() if each in USUAL else pytest.mark.slow)
    for each in product(WIDTHS, ("vi", "en"), ("light", "dark"))
]
"""Each width, language and theme twice; all of them where time does not matter."""


@pytest.fixture(scope="module")
def lived_in(stack: Stack) -> Iterator[tuple[Tenant, str, str]]:
    """A tenant with jobs of every kind, a batch and a load with errors; some wait, since writers stand still."""
    tenant = Tenant(stack)
    tenant.post(RECIPIENT, recipients(30))
    tenant.post(RECIPIENT, [*recipients(1, country_code="ZZ")])
    faulty = [*recipients(5), *recipients(9, country_code="ZZ", recipient_type="không rõ", external_id=None)]
    job = tenant.post(RECIPIENT, faulty).json()["job_id"]
    load = loaded(tenant, csv_of(20) + csv_of(20, "ai đó")[50:], "Sổ đối tác.csv")["id"]
    links = {"recipient_ids": tenant.post(RECIPIENT, recipients(4)).json()["recipient_ids"]}
    tenant.post(TRANSFER, [TRANSFER.sample(started_on="2026-10-01"), TRANSFER.sample(started_on="2026-06-01")])
    tenant.post(ACTIVITY, [ACTIVITY.full(external_id=f"hd-{n}", **links) for n in range(3)])
    run = stack.http.post("/api/v1/jobs/rules", headers=tenant.bearer).json()["id"]
    tenant.ended(run)
    body = {"type": "analyze", "when": "thứ hai 08:00", "parameters": {"file_id": job}}
    put = stack.http.put("/api/v1/schedules/hang-tuan", json=body, headers=tenant.bearer)
    assert put.status_code == 201, put.text
    with stack.writers_stopped():
        for count in (500, 1500, 2500):
            tenant.post(RECIPIENT, recipients(count), background=True, lane="high")
        yield tenant, job, load


def pages_of(url: str, job: str, load: str) -> dict[str, str]:
    """Every page that there is, by name."""
    return {
        "now": f"{url}/", "jobs": f"{url}/jobs", "jobs-filtered": f"{url}/jobs?status=failed&entity=recipients",
        "organisation": f"{url}/organisation",
        "inventory": f"{url}/inventory/processing-activities?q=tuyen",
        "dossiers": f"{url}/dossiers",
        "statistics": f"{url}/statistics?span=week", "job": f"{url}/jobs/{job}", "system": f"{url}/system",
        "findings": f"{url}/findings?code=REC-01", "rules": f"{url}/findings/rules",
        "own-rule": f"{url}/findings/rules/new?of=recipients.recipient_type",
        "deadlines": f"{url}/findings/deadlines", "load": f"{url}/jobs/{load}", "mend": f"{url}/jobs/{job}/mend",
        "bulk": f"{url}/jobs/bulk?status=failed&entity=recipients&action=retry", "nothing": f"{url}/nothing-here",
    }  # fmt: skip


def violations(page: Page) -> list[str]:
    """What axe-core finds, each with where."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize(("width", "language", "theme"), VARIANTS)
def test_every_page_is_accessible_and_fits(
    stack: Stack, lived_in: tuple[Tenant, str, str], window: Callable[..., BrowserContext], pictures: Path,
    width: str, language: str, theme: str,
) -> None:  # fmt: skip
    tenant, job, load = lived_in
    across, down = WIDTHS[width]
    context = window(viewport={"width": across, "height": down}, color_scheme=theme)
    context.add_cookies([{"name": "sluice_lang", "value": language, "url": console(stack)}])

    def look(page: Page, name: str) -> None:
        page.screenshot(path=pictures / f"{name}-{width}-{language}-{theme}.png", full_page=True)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
        if language == "vi":  # the other has the same marks
            assert violations(page) == [], name

    page = context.new_page()
    page.goto(f"{console(stack)}/sign-in")
    look(page, "sign-in")
    page = signed_in(context, stack, tenant)
    for name, url in pages_of(console(stack), job, load).items():
        page.goto(url)
        if name in ("now", "jobs", "system"):
            expect(page.locator('#connection[data-state="live"]')).to_be_visible()
        if name == "statistics":
            page.locator("#records-table summary").click()
        look(page, name)
        if name == "inventory":
            page.locator("a.name").first.click()
            look(page, "record")
            page.locator('a[href$="/fill"]').click()
            look(page, "fill")


def test_open_dialogs_and_menus_are_accessible(
    stack: Stack, lived_in: tuple[Tenant, str, str], window: Callable[..., BrowserContext], pictures: Path
) -> None:
    page = signed_in(window(), stack, lived_in[0])
    page.goto(f"{console(stack)}/jobs")
    page.locator("[data-pick]").first.check()
    page.locator(".acts").get_by_role("button", name="Hủy").click()
    page.screenshot(path=pictures / "dialog-wide-vi-light.png")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".menu summary").click()
    page.screenshot(path=pictures / "menu-wide-vi-light.png")
    assert violations(page) == []
