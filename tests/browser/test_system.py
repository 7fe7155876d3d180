"""The page of the system, and signing in with a provider, in a real browser."""

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.test_looks import violations
from tests.integration.console.visitors.provider import CLIENT_SECRET, Provider, running_provider, settings_of
from tests.integration.console.visitors.site import ConsoleProcess
from tests.system.api import Stack, Tenant


def test_a_lane_is_paused_and_a_schedule_run_while_the_page_is_live(
    stack: Stack, tenant: Tenant, window: Callable[..., BrowserContext], pictures: Path
) -> None:
    body = {"type": "analyze", "when": "hằng ngày 02:00", "parameters": {"file_id": str(uuid.uuid4())}}
    stack.http.put("/api/v1/schedules/hang-dem", json=body, headers=tenant.bearer).raise_for_status()
    page = signed_in(window(), stack, tenant)
    page.get_by_role("link", name="Hệ thống").click()
    expect(page.get_by_role("heading", name="Hệ thống")).to_be_visible()
    expect(page.locator("#worker-writer-1-" + str(stack.pid("writer-1")))).to_contain_text("hoạt động")
    expect(page.locator("#limits-table")).to_be_attached()

    page.locator("#lane-low").get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="Tạm dừng làn thấp")
    dialog.get_by_role("button", name="Tạm dừng").click()
    expect(dialog.get_by_label("Lý do")).to_be_focused()  # it is asked for
    dialog.get_by_label("Lý do").fill("thay đĩa")
    page.screenshot(path=pictures / "system-pause-wide-vi-light.png")
    assert violations(page) == []
    dialog.get_by_role("button", name="Tạm dừng").click()
    try:
        expect(page.locator("#lane-low")).to_contain_text("đang tạm dừng bởi Lan")
        expect(page.locator("#lane-low")).to_contain_text("thay đĩa")
        page.screenshot(path=pictures / "system-paused-wide-vi-light.png", full_page=True)
    finally:
        operator = stack.bearer(stack.claims(tenant.id, scope="system:write"))
        stack.http.post("/api/v1/lanes/low/resume", headers=operator).raise_for_status()
    expect(page.locator("#lane-low")).to_contain_text("đang chạy", timeout=15_000)  # by itself

    row = page.locator("#schedule-tenant-hang-dem")
    row.get_by_role("button", name="Chạy ngay").click()
    dialog = page.get_by_role("dialog", name="Chạy ngay: tenant/hang-dem")
    dialog.get_by_label("Lý do").fill("thử")
    dialog.get_by_role("button", name="Chạy ngay").click()
    expect(row.locator("a.status")).to_have_text("thất bại", timeout=20_000)  # there is no such file
    row.locator("a.status").click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def second(stack: Stack, provider: Provider, tmp_path: Path) -> Iterator[ConsoleProcess]:
    """Another console of the stack, where people sign in with a provider."""
    described, secret = stack.described(), tmp_path / "client"
    secret.write_text(CLIENT_SECRET)
    with ConsoleProcess(
        tmp_path, redis_url=described["redis_url"], database_url=described["database_url"],
        files_url=Path(described["files_dir"]).as_uri(), **settings_of(provider, oidc_client_secret_file=secret),
    ) as console:  # fmt: skip
        console.wait_ready(console.url)
        yield console


def test_somebody_signs_in_with_a_provider_and_out_again(
    second: ConsoleProcess, provider: Provider, tenant: Tenant, window: Callable[..., BrowserContext], pictures: Path
) -> None:
    provider.person["sluice"] = {"tenant": tenant.id, "roles": ["staff"]}
    page: Page = window(color_scheme="dark").new_page()
    page.goto(f"{second.url}/jobs")
    expect(page.get_by_role("link", name="Đăng nhập bằng Office")).to_be_visible()
    page.screenshot(path=pictures / "sign-in-provider-wide-vi-dark.png")
    assert violations(page) == []
    page.get_by_role("link", name="Đăng nhập bằng Office").click()  # to another site, and back
    expect(page).to_have_url(f"{second.url}/jobs")
    expect(page.locator(".menu summary")).to_have_text("lan@example.vn")
    expect(page.get_by_role("link", name="Hệ thống")).to_have_count(0)
    expect(page.locator('#connection[data-state="live"]')).to_be_visible()

    page.locator(".menu summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_text("Bạn đã đăng xuất khỏi bảng điều khiển.")).to_be_visible()
    page.screenshot(path=pictures / "signed-out-wide-vi-dark.png")
    page.get_by_role("link", name="Đăng xuất cả khỏi Office").click()
    expect(page).to_have_url(re.compile("/office/logout"))

    provider.person["sluice"] = {"tenant": tenant.id, "roles": ["guests"]}
    page.goto(f"{second.url}/sign-in/oidc")
    expect(page.get_by_role("alert")).to_contain_text("Bạn chưa có vai trò nào")
    page.screenshot(path=pictures / "sign-in-refused-wide-vi-dark.png")
    assert violations(page) == []
