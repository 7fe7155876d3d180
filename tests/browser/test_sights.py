"""The inventory and statistics, in a real browser: found, followed along links, drawn; in as few visits as can be."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_console import console
from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT, Kind

HOSTILE = "<img src=x onerror=alert(1)>\u202eđảo" + "W" * 300


def written(tenant: Tenant, kind: Kind, *records: dict[str, Any]) -> list[str]:
    answer = tenant.post(kind, list(records))
    assert answer.status_code == 201, answer.text
    return [str(each) for each in answer.json()[kind.ids_member]]


def test_a_record_is_found_and_followed_along_its_links(stack: Stack, tenant: Tenant, page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail("a script of a record has run"))
    names = ("Ngân hàng Sao Mai", "Công ty Điện lực", HOSTILE)
    recipients = written(tenant, RECIPIENT, *(RECIPIENT.sample(name_vi=name) for name in names))
    (category,) = written(tenant, CATEGORY, CATEGORY.sample())
    links = {"recipient_ids": recipients, "data_category_ids": [category]}
    written(tenant, ACTIVITY, ACTIVITY.sample(**links, purpose_vi=HOSTILE * 8, external_id=HOSTILE[:200]))
    page.get_by_role("link", name="Danh mục", exact=True).click()
    expect(page).to_have_url(re.compile("/inventory/processing-activities$"))
    page.get_by_role("link", name="bên nhận", exact=True).click()
    expect(page.locator("[data-count]")).to_have_text("3 bản ghi")

    page.keyboard.press("/")
    page.keyboard.type("dien LUC")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inventory/recipients\?q=dien\+LUC$"))
    expect(page.locator("[data-count]")).to_have_text("1 bản ghi")
    page.get_by_label("Vai trò").select_option("internal")
    page.get_by_role("button", name="Tìm").click()
    expect(page.locator(".empty")).to_contain_text("Không có bản ghi nào khớp.")
    expect(page.get_by_label("Vai trò")).to_have_value("internal")
    page.go_back()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Công ty Điện lực")).to_be_visible()
    page.locator('[data-links="processing-activities"] a').click()
    expect(page.locator(".facts")).to_have_count(2)
    expect(page.locator('[data-links="recipients"] li')).to_have_count(3)
    expect(page.locator(".facts.record").first).to_contain_text(HOSTILE)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.locator('[data-links="data-categories"] a').click()
    expect(page.locator('[data-links="processing-activities"] li')).to_have_count(1)
    page.locator("#origin + .facts a").click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))


def test_what_people_fill_in_is_saved_and_seen(stack: Stack, tenant: Tenant, page: Page) -> None:
    """The record's page shows the change by itself once it is written."""
    (category,) = written(tenant, CATEGORY, CATEGORY.sample())
    page.goto(f"{console(stack)}/inventory/data-categories/{category}")
    page.get_by_role("link", name="Bổ sung").click()
    page.get_by_label("Loại theo Nghị định 356/2025").select_option("B15")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator("#sent")).to_contain_text("hoàn thành", timeout=30_000)
    expect(page.locator(".facts.record").first).to_contain_text("B15 · Số điện thoại")

    page.goto(f"{console(stack)}/organisation")
    page.get_by_label("Tên tiếng Việt").fill("Công ty Ví dụ")
    page.get_by_label("Mã số thuế").fill("?")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_label("Mã số thuế")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Mã số thuế").fill("0101234567")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".told")).to_have_text("Đã lưu.")
    expect(page.get_by_label("Tên tiếng Việt")).to_have_value("Công ty Ví dụ")


def test_statistics_are_drawn_and_read_as_tables(tenant: Tenant, page: Page) -> None:
    written(tenant, RECIPIENT, *(RECIPIENT.sample() for _ in range(12)))
    page.get_by_role("link", name="Thống kê", exact=True).click()
    expect(page.locator(".canvas canvas")).to_have_count(3)
    expect(page.locator('[data-total="created"]')).to_have_text("12")
    page.get_by_role("link", name="7 ngày").click()
    expect(page).to_have_url(re.compile(r"/statistics\?span=week$"))
    page.locator("#records-table summary").click()
    row = page.locator("#records-table tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator(".number").last).to_have_text("12")

    written(tenant, RECIPIENT, RECIPIENT.sample())
    page.keyboard.press("r")
    expect(page.locator('[data-total="created"]')).to_have_text("13")
    expect(row.locator(".number").last).to_have_text("13")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/statistics\?from="))
    expect(page.locator(".canvas canvas")).to_have_count(3)
    page.get_by_role("link", name="1 năm").click()
    expect(page.locator(".span")).to_contain_text("00:00 UTC")
    expect(page.locator(".canvas canvas")).to_have_count(3)
