"""What people do about what went wrong: many jobs at once, and records that are mended and sent again."""

import re
import zipfile

from playwright.sync_api import Page, expect

from tests.browser.test_console import LIVE, accepted, console, recipients
from tests.system.api import Stack, Tenant
from tests.system.loads import csv_of, loaded
from tests.system.samples import RECIPIENT


def test_all_that_match_are_cancelled_after_a_question_that_survives_a_reload(
    stack: Stack, tenant: Tenant, page: Page
) -> None:
    with stack.writers_stopped():
        jobs = [accepted(tenant) for _ in range(3)]
        page.goto(f"{console(stack)}/jobs?status=pending&entity=recipients")
        page.get_by_role("link", name="Hủy tất cả …").click()
        expect(page.get_by_role("heading", name="Hủy mọi tác vụ khớp")).to_be_visible()
        accepted(tenant)  # behind the cut-off
        expect(page.locator("[data-count]")).to_have_text("3 tác vụ")
        page.reload()
        expect(page.locator("[data-count]")).to_have_text("4 tác vụ")
        expect(page.locator(".chip")).to_have_text(["Trạng thái: đang chờ", re.compile("bên nhận")])
        accepted(tenant)
        page.get_by_role("button", name="Hủy tất cả ngay").click()
        expect(page.get_by_label("Lý do")).to_be_focused()  # it is asked for
        page.keyboard.type("gửi nhầm tệp")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("thao tác hàng loạt", ignore_case=True)
        expect(page.locator("h1 + .status")).to_have_text("hoàn thành")
        expect(page.locator('[data-jobs="done"]')).to_have_text("4")
        expect(page.locator('[data-jobs="skipped"]')).to_have_text("0")
        page.get_by_role("link", name="Các tác vụ khớp").click()
        expect(page).to_have_url(re.compile(r"/jobs\?entity=recipients&status=pending$"))
    for job in jobs:
        assert tenant.ended(job)["records"]["cancelled"] == 3


def test_rejected_records_are_mended_with_the_keyboard_and_sent_again(stack: Stack, tenant: Tenant, page: Page) -> None:
    bad = [{**record, "recipient_type": "không rõ"} for record in recipients(2, country_code="ZZ", external_id=None)]
    job = tenant.post(RECIPIENT, [*recipients(1), *bad]).json()["job_id"]
    page.goto(f"{console(stack)}/jobs/{job}")
    page.get_by_role("link", name="Sửa …").click()
    country = page.get_by_label("country_code của bản ghi 1", exact=True)
    expect(country).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[id="e-1.country_code"]')).to_contain_text("ISO 3166-1")

    country.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("VN")
    page.get_by_label("recipient_type của bản ghi 1", exact=True).select_option("processor")
    page.get_by_label("Gửi bản ghi 2").focus()
    page.keyboard.press("Space")
    check = page.get_by_role("button", name="Kiểm tra")
    check.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Chưa gửi gì")).to_be_visible()
    expect(check).to_be_focused()
    expect(country).to_have_value("VN")
    expect(page.get_by_label("Gửi bản ghi 2")).not_to_be_checked()

    page.get_by_label("Lý do").fill("sổ ghi sai")
    page.get_by_role("button", name="Gửi lại").click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    expect(page.locator('[data-count="created"]')).to_have_text("1", timeout=20_000)
    page.get_by_role("link", name=job[-8:]).click()
    expect(page.locator("[data-mendings] a")).to_have_count(1)
    page.get_by_role("link", name="Sửa …").click()
    expect(page.locator('input[name="row"]')).to_have_count(1)


def test_the_page_of_a_load_shows_its_parts_and_its_rows_are_mended(stack: Stack, tenant: Tenant, page: Page) -> None:
    rows = csv_of(12) + b"r-20,A\nr-21,B,ai do\n"
    load = loaded(tenant, rows, "Sổ đối tác.csv")["id"]
    page.goto(f"{console(stack)}/jobs/{load}")
    expect(page.locator(".facts").first).to_contain_text("Sổ đối tác.csv")
    part = page.locator(".parts tbody tr")
    expect(part).to_contain_text(["1 đến 14"])
    expect(page.locator(".errors tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    with zipfile.ZipFile(download.value.path()) as book:
        assert b"ROW_TOO_SHORT" in book.read("xl/worksheets/sheet1.xml")
    with page.expect_download() as download:
        page.get_by_role("link", name="Các dòng gốc").click()
    assert download.value.path().read_bytes().endswith(b"r-20,A\nr-21,B,ai do\n")

    part.get_by_role("link").click()  # the batch that the rows became
    page.get_by_role("link", name="Sửa …").click()
    expect(page).to_have_url(re.compile(f"/jobs/{load}/mend$"))
    expect(page.get_by_label("name_vi của bản ghi 12")).to_have_value("A")
    for row in (12, 13):
        page.get_by_label(f"recipient_type của bản ghi {row}").select_option("processor")
    page.get_by_label("Lý do").fill("sổ ghi sai")
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator('[data-count="created"]')).to_have_text("2", timeout=20_000)
    page.get_by_role("link", name=load[-8:]).click()
    expect(page.locator(".story")).to_contain_text("2 bản ghi bị từ chối đã được sửa và gửi lại. sổ ghi sai — Lan")


COUNTS = """() => {
  window.back = []; const seen = {};
  const look = () => document.querySelectorAll('[data-count]').forEach((each) => {
    const name = each.dataset.count, value = Number(each.textContent.replaceAll('.', ''));
    if (!name || name === 'pending') return;
    if (value < (seen[name] ?? 0)) window.back.push([name, seen[name], value]);
    seen[name] = value;
  });
  look();
  const all = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.querySelector('main'), all);
}"""


def test_counters_never_go_back_while_a_job_is_watched(stack: Stack, tenant: Tenant, page: Page) -> None:
    with stack.writers_stopped():
        job = accepted(tenant, 5_000)
        page.goto(f"{console(stack)}/jobs/{job}")
        expect(page.locator(LIVE)).to_be_visible()
        page.evaluate(COUNTS)
    expect(page.locator('[data-count="created"]')).to_have_text("5.000", timeout=30_000)
    assert page.evaluate("() => window.back") == []
