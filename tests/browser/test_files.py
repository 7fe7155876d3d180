"""Files brought in a browser, and on their way to records."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.bringing import UPLOADED, Line, drop, names_of, register, written
from tests.browser.conftest import signed_in
from tests.browser.test_console import console
from tests.system.api import Stack, Tenant
from tests.system.loads import csv_of

MIB = 1024 * 1024
TCVN3 = (
    b"M\xb7;T\xaan d\xf7 li\xd6u;C\xa8n c\xf8 ph\xb8p l\xfd\n"
    b"1;Kh\xb8ch h\xb5ng v\xb5 h\xeep \xae\xe5ng;S\xf9 \xae\xe5ng \xfd c\xf1a ch\xf1 th\xd3 d\xf7 li\xd6u\n"
    b"2;Th\xabng tin c\xb8 nh\xa9n nh\xa9n vi\xaan;H\xeep \xae\xe5ng lao \xae\xe9ng\n"
)
"""As an office of before Unicode has written it."""


def test_a_file_becomes_records_in_a_few_visits(tenant: Tenant, page: Page, tmp_path: Path) -> None:
    """Chosen, analysed by itself, mapped, changed, tried, approved, loaded: to the job's page."""
    page.get_by_role("link", name="Tệp", exact=True).click()
    expect(page.locator(".empty")).to_contain_text("Chưa có tệp nào.")
    page.set_input_files(UPLOADED, written(tmp_path, "bên nhận.csv", register(30)))
    expect(page).to_have_url(re.compile("/files/[0-9a-f-]{36}$"))
    expect(page.locator("#map-entity")).to_have_value("recipients", timeout=30_000)
    expect(page.locator("#rows")).to_contain_text("Công ty 19")

    page.get_by_role("button", name="Đề xuất ánh xạ").click()
    page.get_by_role("link", name="Kiểm tra ánh xạ").click(timeout=30_000)
    tried = page.locator("#tried")
    expect(tried).to_contain_text("3 trong 10 dòng này sẽ bị từ chối.")
    expect(tried.locator("td.faulty").first).to_contain_text("đối tác lạ")

    page.locator("#edit-2").click()
    page.locator('.values input[name$=".k"]').first.fill("đối tác lạ")
    page.locator('.values select[name$=".v"]').first.select_option("third_party")
    expect(tried).to_contain_text("Mọi dòng này đều hợp lệ.")
    expect(tried).to_contain_text("Chưa lưu")
    page.locator("#t-4").select_option("contact")
    expect(page.locator("#column-4 .why")).to_contain_text("đã sửa")
    expect(tried).to_contain_text("03/02/2026")
    page.locator("#edit-4").click()
    page.locator("#add-4").select_option("date")
    page.locator('[name$=".formats"]').fill("%d/%m/%Y")
    expect(tried).to_contain_text("2026-02-03")
    page.locator("#edit-4, #close-4").first.click()
    expect(page.locator("#column-4 .steps")).to_contain_text("đọc thành ngày")

    page.get_by_role("button", name="Lưu và duyệt").click()
    expect(page.locator(".title .status")).to_have_text("đã duyệt")
    page.get_by_role("button", name="Nạp", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    expect(page.locator('[data-count="created"]')).to_have_text("30", timeout=30_000)
    job = tenant.job(page.url.rpartition("/")[2])
    assert (job["type"], job["created_by"]) == ("load", "Lan")


def test_a_cut_costs_nothing_and_a_file_goes_on_after_the_page_was_left(
    tenant: Tenant, page: Page, tmp_path: Path
) -> None:
    text = "a,b\n" + "x,1234567\n" * MIB
    path = written(tmp_path, "lớn.csv", text)
    page.goto(page.url.rstrip("/") + "/files")
    line = Line(page, cut=lambda count: count == 1 or count > 2)
    page.set_input_files(UPLOADED, path)
    expect(page.locator(".upload-told")).to_contain_text("mất kết nối ở 79 %", timeout=30_000)
    assert line.offsets[:3] == [0, 0, 8 * MIB]

    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("tr[data-row] progress")).to_have_attribute("value", str(8 * MIB))
    line = Line(page, cut=lambda _: False)
    page.set_input_files(UPLOADED, path)
    expect(page).to_have_url(re.compile("/files/[0-9a-f-]{36}$"), timeout=30_000)
    assert line.offsets == [8 * MIB]
    assert names_of(tenant) == {"lớn.csv": hashlib.sha256(text.encode()).hexdigest()}


def test_several_files_are_dropped_and_loaded_together(stack: Stack, tenant: Tenant, page: Page) -> None:
    page.goto(page.url.rstrip("/") + "/files")
    drop(page, một_csv=csv_of(3).decode(), hai_csv=csv_of(2).decode().replace("r-", "s-"), rỗng_csv="")
    expect(page.locator("#uploads .complete")).to_have_count(2, timeout=30_000)
    expect(page.locator("#uploads .failed")).to_contain_text("Tệp hoặc trang tính không có dòng nào.")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.locator("tr[data-row]", has_text="3 dòng, 3 cột")).to_be_visible(timeout=30_000)
    expect(page.locator("tr[data-row]", has_text="2 dòng, 3 cột")).to_be_visible(timeout=30_000)
    page.locator("[data-pick-all]").check()
    page.get_by_role("button", name="Nạp …").click()
    expect(page.locator(".loads li")).to_have_count(2)
    page.get_by_role("button", name="Nạp 2 tệp").click()
    expect(page.locator('[data-count="created"]')).to_have_text("5", timeout=40_000)
    assert tenant.job(page.url.rpartition("/")[2])["type"] == "files"


def test_who_agrees_to_an_old_encoding_reads_the_rows_first(tenant: Tenant, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "abc.csv"
    path.write_bytes(TCVN3)
    page.goto(page.url.rstrip("/") + "/files")
    page.set_input_files(UPLOADED, path)
    expect(page.locator("#agree-encoding")).to_have_value("tcvn3", timeout=30_000)
    expect(page.locator("#rows")).to_contain_text("Khách hàng")
    page.locator("#agree-encoding").select_option("cp1252")
    expect(page.locator("#rows")).not_to_contain_text("Khách hàng")
    page.locator("#agree-encoding").select_option("tcvn3")
    expect(page.locator("#rows")).to_contain_text("Khách hàng")
    page.get_by_role("button", name="Đọc theo bảng mã này").first.click()
    expect(page.locator("#map-entity")).to_be_visible(timeout=30_000)


@pytest.mark.slow
def test_without_scripts_a_form_does_it(
    stack: Stack, tenant: Tenant, window: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    with_scripts = window()
    signed_in(with_scripts, stack, tenant)
    plain = window(java_script_enabled=False)
    plain.add_cookies(with_scripts.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(f"{console(stack)}/files")
    page.set_input_files(UPLOADED, written(tmp_path, "a.csv", csv_of(2).decode()))
    page.get_by_role("button", name="Tải lên").click()
    expect(page).to_have_url(re.compile("/files/[0-9a-f-]{36}$"))
    page.get_by_role("link", name="Xem các dòng đầu").click()
    expect(page.locator("#rows")).to_contain_text("Ngân hàng 1")
