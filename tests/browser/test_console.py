"""What people do in the console, in a real browser."""

import os
import re
import signal
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SLUICE, printed_link, signed_in
from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until

REGISTER = ROOT / "deploy" / "local" / "gvl" / "recipients.ndjson.gz"
LIVE = '#connection[data-state="live"]'


def recipients(count: int, **members: object) -> list[dict[str, object]]:
    """Good records."""
    return [{**RECIPIENT.sample(), "name_vi": f"Người nhận {number}", **members} for number in range(count)]


def accepted(tenant: Tenant, count: int = 3) -> str:
    """A job that is accepted, and its id."""
    answer = tenant.post(RECIPIENT, recipients(count), background=True)
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["job_id"]
    return job


def console(stack: Stack) -> str:
    """Where it is."""
    url: str = stack.described()["console_url"]
    return url


def test_a_link_of_the_command_signs_in_once(
    stack: Stack, tenant: Tenant, window: Callable[..., BrowserContext]
) -> None:
    link = printed_link(stack, tenant)
    page = window().new_page()
    page.goto(link)
    page.get_by_role("button", name="Đăng nhập bằng liên kết này").click()
    expect(page.get_by_role("heading", name="Hiện tại")).to_be_visible()
    expect(page.locator(".menu summary")).to_have_text("Lan")

    stranger = window().new_page()
    stranger.goto(link)
    stranger.get_by_role("button", name="Đăng nhập bằng liên kết này").click()
    expect(stranger.get_by_role("alert")).to_contain_text("đã được dùng")

    page.locator(".menu summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    page.goto(console(stack))
    expect(page).to_have_url(re.compile("/sign-in"))


def test_the_first_page_moves_while_a_register_is_pushed(stack: Stack, tenant: Tenant, page: Page) -> None:
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.get_by_text("Không có tác vụ nào đang chạy.")).to_be_visible()
    page.evaluate("() => { window.same = true; }")
    command = [*SLUICE, "push", str(REGISTER), "--entity", "recipients", "--tenant", tenant.id, "--batch-records", "20"]
    command += ["--data-dir", str(stack.data_dir)]
    with stack.writers_stopped():
        push = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        expect(page.locator("#live progress").first).to_have_js_property("value", 0)
    said, _ = push.communicate(timeout=60)
    assert push.returncode == 0, said
    expect(page.locator("#live .status.completed")).to_have_count(6)
    expect(page.locator("#live progress")).to_have_count(0)
    assert page.evaluate("() => window.same"), "nobody loaded the page again"


def test_jobs_are_found_by_typing_and_by_clicking_and_the_address_keeps_it(tenant: Tenant, page: Page) -> None:
    tenant.post(RECIPIENT, recipients(2))
    tenant.post(RECIPIENT, recipients(1, country_code="ZZ"))
    page.get_by_role("link", name="Tác vụ", exact=True).click()
    expect(page.locator("tr[data-row]")).to_have_count(2)

    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("status:failed entity:recipients")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs\?status=failed&entity=recipients$"))
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.reload()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("[data-count]")).to_have_text("1 tác vụ")

    page.locator('[data-filter="status:failed"]').click()
    page.locator('[data-filter="status:completed"]').click()
    expect(page).to_have_url(re.compile(r"/jobs\?entity=recipients&status=completed$"))
    expect(page.locator("tr[data-row] .status")).to_have_text("hoàn thành")


def test_the_keyboard_goes_through_the_list(tenant: Tenant, page: Page) -> None:
    for _ in range(3):
        tenant.post(RECIPIENT, recipients(1))
    page.goto(page.url.rstrip("/") + "/jobs")
    names = page.locator("tr[data-row] a.name")
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(names.nth(1)).to_be_focused()
    with page.expect_response(lambda answer: answer.url.endswith("/jobs")):
        page.keyboard.press("r")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))


def test_what_is_chosen_and_focused_stays_while_jobs_come_and_is_cancelled_with_a_reason(
    stack: Stack, tenant: Tenant, page: Page
) -> None:
    with stack.writers_stopped():
        chosen = [accepted(tenant) for _ in range(2)]
        page.goto(page.url.rstrip("/") + "/jobs?status=pending")
        expect(page.locator(LIVE)).to_be_visible()
        for job in chosen:
            page.locator(f"#pick-{job}").check()
        page.locator(f"#job-{chosen[0]} a.name").focus()
        later = accepted(tenant)
        expect(page.locator(f"#job-{later}")).to_be_visible()  # it has come by itself
        expect(page.locator(f"#job-{chosen[0]} a.name")).to_be_focused()
        expect(page.locator("[data-pick]:checked")).to_have_count(2)

        page.locator(".acts").get_by_role("button", name="Hủy").click()
        dialog = page.get_by_role("dialog", name="Hủy tác vụ")
        expect(dialog).to_contain_text("Đã chọn 2")
        dialog.get_by_label("Lý do").fill("gửi nhầm tệp")
        accepted(tenant)
        expect(page.locator("tr[data-row]")).to_have_count(4)  # while somebody types
        expect(dialog.get_by_label("Lý do")).to_have_value("gửi nhầm tệp")
        dialog.get_by_role("button", name="Hủy ngay").click()
        expect(page).to_have_url(re.compile(r"/jobs\?status=pending$"))
        expect(page.locator(".told")).to_contain_text("Đã yêu cầu: 2.")
    for job in chosen:
        assert tenant.ended(job)["records"]["cancelled"] == 3


def test_a_job_is_watched_to_its_end_and_its_errors_are_read(stack: Stack, tenant: Tenant, page: Page) -> None:
    with stack.writers_stopped():
        answer = tenant.post(
            RECIPIENT, [*recipients(4_000), *recipients(2, country_code="ZZ", external_id=None)], background=True
        )
        job = answer.json()["job_id"]
        page.goto(f"{page.url.rstrip('/')}/jobs/{job}")
        expect(page.locator(LIVE)).to_be_visible()
        expect(page.locator("h1 + .status")).to_have_text("đang chờ")
    expect(page.locator("h1 + .status")).to_have_text("hoàn thành", timeout=30_000)
    expect(page.locator('[data-count="created"]')).to_have_text("4.000")
    expect(page.locator('[data-count="rejected"]')).to_have_text("2")
    expect(page.locator('[data-count="total"]')).to_have_text("4.002")
    expect(page.locator("#faults + .downloads")).to_contain_text("CSV")
    expect(page.locator(".errors")).to_contain_text("Phải là mã quốc gia")
    with page.expect_download() as download:
        page.get_by_role("link", name="Mọi lỗi (CSV)").click()
    assert download.value.suggested_filename == f"errors-{job}.csv"


def test_a_job_is_cancelled_from_its_page(stack: Stack, tenant: Tenant, page: Page) -> None:
    with stack.writers_stopped():
        job = accepted(tenant)
        page.goto(f"{page.url.rstrip('/')}/jobs/{job}")
        page.get_by_role("button", name="Hủy …").click()
        dialog = page.get_by_role("dialog", name="Hủy tác vụ")
        dialog.get_by_role("button", name="Hủy ngay").click()
        expect(dialog.get_by_label("Lý do")).to_be_focused()  # it is asked for
        dialog.get_by_label("Lý do").fill("thử")
        dialog.get_by_role("button", name="Hủy ngay").click()
        expect(page.locator("h1 + .status")).to_have_text("đang hủy")
    expect(page.locator(".story")).to_contain_text("Có yêu cầu hủy. thử — Lan", timeout=20_000)
    expect(page.locator("h1 + .status")).to_have_text("đã hủy")


def test_a_page_says_that_it_is_cut_off_and_comes_back_by_itself(stack: Stack, tenant: Tenant, page: Page) -> None:
    expect(page.locator(LIVE)).to_be_visible()
    os.kill(stack.pid("console"), signal.SIGKILL)
    expect(page.locator("#connection")).to_have_text("Mất kết nối; đang thử lại")
    expect(page.locator(LIVE)).to_be_visible(timeout=40_000)
    tenant.post(RECIPIENT, recipients(1))
    expect(page.locator("#live .status.completed")).to_have_count(1)


def test_who_signs_out_elsewhere_is_told_so_and_asks_no_more(
    stack: Stack, tenant: Tenant, window: Callable[..., BrowserContext]
) -> None:
    context = window()
    page = signed_in(context, stack, tenant)
    expect(page.locator(LIVE)).to_be_visible()
    other = context.new_page()
    other.goto(console(stack))
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Đăng xuất").click()

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator("#connection")).to_have_text("Bạn đã đăng xuất.", timeout=25_000)
    before = len(asked)
    refused = page.evaluate(
        """() => new Promise((done) => {
             const events = new EventSource('/api/v1/events');
             events.onerror = () => done(events.readyState === EventSource.CLOSED); })"""
    )
    assert refused, "an answer of 401 ends an EventSource for good"
    page.wait_for_timeout(2_500)
    assert len(asked) == before + 1


def test_a_page_that_nobody_sees_reads_nothing(tenant: Tenant, page: Page) -> None:
    expect(page.locator(LIVE)).to_be_visible()
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', {get: () => window.away ?? true, configurable: true});
                   document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    expect(page.locator("#connection")).to_have_text("Tạm dừng khi ẩn")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tenant.post(RECIPIENT, recipients(1))
    page.wait_for_timeout(1_500)
    assert [url for url in asked if "/static/" not in url] == []
    page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(page.locator("#live .status.completed")).to_have_count(1)


STREAMED = """(job) => new Promise((done) => {
  const told = window.soFar = {events: [], messages: []};
  const events = new EventSource(`/api/v1/jobs/${job}/events`);
  events.onmessage = (event) => told.events.push([event.lastEventId, JSON.parse(event.data).status]);
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) told.closed = true; };
  const socket = new WebSocket(`ws://${location.host}/api/v1/jobs/${job}/ws`);
  socket.onmessage = (message) => {
    const said = JSON.parse(message.data);
    if (!said.ping) told.messages.push(said.status);
  };
  socket.onclose = (close) => { told.code = close.code; };
  const look = setInterval(() => {
    if (told.code && told.closed) { clearInterval(look); done(told); }
  }, 50);
})"""


def test_the_browsers_own_streams_follow_a_job(stack: Stack, tenant: Tenant, page: Page) -> None:
    with stack.writers_stopped():
        job = accepted(tenant, 4_500)
        page.evaluate(f"(job) => {{ window.told = ({STREAMED})(job); }}", job)
        page.wait_for_function("() => window.soFar.events.length && window.soFar.messages.length")
    told = page.evaluate("() => window.told")
    assert told["events"][0][1] == told["messages"][0] == "pending"
    assert told["events"][-1][1] == told["messages"][-1] == "completed"
    assert told["code"] == 1000


def test_a_language_is_chosen_and_remembered(tenant: Tenant, page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("footer")).to_contain_text("UTC+07:00")


def test_text_of_others_runs_nothing(stack: Stack, tenant: Tenant, page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail("a script of a record has run"))
    hostile = "<img src=x onerror=alert(1)>" + "\u202e" + "W" * 200
    answer = tenant.post(RECIPIENT, [*recipients(1), *recipients(1, country_code="ZZ", external_id=hostile)])
    job = answer.json()["job_id"]
    wait_until(lambda: tenant.job(job)["status"] == "completed", 20, "the end")
    page.goto(f"{page.url.rstrip('/')}/jobs/{job}")
    expect(page.locator(".external bdi")).to_have_text(hostile)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
