"""How the pages of files and mappings look with what is worst in a file, and that none of it does anything."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.bringing import HEADER, drop, register
from tests.browser.conftest import signed_in
from tests.browser.test_console import console
from tests.browser.test_looks import WIDTHS, violations
from tests.system.api import Stack, Tenant

HOSTILE = "<img src=x onerror=alert(1)>=cmd|' /C calc'!A1\u202etxt.exe" + "W" * 4000
NAME = "<img src=x onerror=alert(1)>" + "W" * 200 + ".csv"


USUAL = {("wide", "vi", "light"), ("narrow", "en", "dark")}
VARIANTS = [
    pytest.param(*each, marks=() if each in USUAL else pytest.mark.slow)
    for each in product(WIDTHS, ("vi", "en"), ("light", "dark"))
]
"""Each width, language and theme once; all of them where time does not matter."""


@pytest.fixture(scope="module")
def hostile(stack: Stack) -> tuple[Tenant, str, str]:
    """A tenant with a file that has all of it, and a mapping of that."""
    tenant = Tenant(stack)
    text = register(12).replace("Công ty 1", f'"{HOSTILE}"', 1).replace(HEADER, f'{HEADER};"{HOSTILE[:900]}"', 1)
    text = text.replace("/2026", "/2026;x").replace("đối tác lạ", "W" * 400, 1)
    http = stack.http
    answer = http.post("/api/v1/files", files={"file": (NAME, text.encode(), "text/csv")}, headers=tenant.bearer)
    file = answer.json()["id"]
    jobs = [
        http.post(f"/api/v1/jobs/{kind}", json=parameters, headers=tenant.bearer).json()["id"]
        for kind, parameters in (
            ("analyze", {"file_id": file}), ("mapping", {"file_id": file, "entity": "recipients"}),
        )
    ]  # fmt: skip
    mapping: dict[str, Any] = [tenant.ended(job) for job in jobs][1]["result"]
    return tenant, file, mapping["mapping_id"]


@pytest.mark.parametrize(("width", "language", "theme"), VARIANTS)
def test_each_page_is_accessible_fits_and_runs_nothing(
    stack: Stack, hostile: tuple[Tenant, str, str], window: Callable[..., BrowserContext], pictures: Path,
    width: str, language: str, theme: str,
) -> None:  # fmt: skip
    tenant, file, mapping = hostile
    across, down = WIDTHS[width]
    context = window(viewport={"width": across, "height": down}, color_scheme=theme)
    context.add_cookies([{"name": "sluice_lang", "value": language, "url": console(stack)}])
    page = signed_in(context, stack, tenant)
    page.on("dialog", lambda _: pytest.fail("a script of a file has run"))

    def look(name: str) -> None:
        page.screenshot(path=pictures / f"{name}-{width}-{language}-{theme}.png", full_page=True)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
        assert violations(page) == [], name

    url = console(stack)
    page.goto(f"{url}/files")
    drop(page, trống_csv="")
    expect(page.locator("#uploads .failed")).to_be_visible()
    look("files")
    page.goto(f"{url}/files/{file}")
    expect(page.locator("#rows table")).to_be_visible()
    look("file")
    page.goto(f"{url}/mappings/{mapping}?open=2")
    expect(page.locator("#tried table")).to_be_visible()
    look("mapping")
    page.goto(f"{url}/load?file={file}")
    look("load")
