"""What a report says of its facts, in either language; its page is whole in itself, and no text is markup there."""

import datetime
import io
import re
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from msgspec.structs import replace

from libs.compliance.packages.content import Picture, Rows
from libs.compliance.packages.wording import Wording
from libs.compliance.packages.writing.order import Order
from libs.compliance.packages.writing.page import write_page
from libs.compliance.reports.facts import DayOfEntity, Due, Ended, Facts, Refused, RuleFacts
from libs.compliance.reports.plots import Series, bars, nice
from libs.compliance.reports.report import report
from libs.contracts.tasks.types.report import DeadlineCounts, FindingCounts, RecordsIn, ReportParameters
from libs.contracts.texts import Language

MONDAY = datetime.date(2026, 11, 16)
HOSTILE = "</title><script>alert(1)</script> {{7*7}} & \u202eabc =1+1"
EMPTY = Facts(
    since=MONDAY,
    until=MONDAY + datetime.timedelta(days=6),
    made_on=MONDAY + datetime.timedelta(days=7),
    organisation="",
    days=[],
    before=RecordsIn(),
    refused=[],
    refused_looked_at=0,
    ended=[],
    rules=[],
    due=[],
    deadlines=DeadlineCounts(),
)
FULL = replace(
    EMPTY,
    organisation=HOSTILE,
    before=RecordsIn(created=7),
    days=[
        DayOfEntity(day=MONDAY, entity="recipients", records=RecordsIn(created=1_200, rejected=30)),
        DayOfEntity(
            day=MONDAY + datetime.timedelta(days=2), entity="data-transfers", records=RecordsIn(updated=5, failed=2)
        ),
        DayOfEntity(day=MONDAY, entity="", records=RecordsIn(unchanged=1)),
    ],
    refused=[
        Refused(code="REFERENCE_UNKNOWN", pointer="/recipient_ids/*", records=29),
        Refused(code="NEW", pointer="", records=1),
    ],
    refused_looked_at=32,
    ended=[Ended(type="load", status="failed", error="FILE_DAMAGED", jobs=2)],
    rules=[
        RuleFacts(
            code="TRF-01", severity="error", text=HOSTILE, text_vi="Chưa nộp", counts=FindingCounts(new=3, open=9)
        )
    ],
    due=[
        Due(
            due_on=MONDAY,
            days_left=-7,
            text="File it",
            text_vi="Nộp hồ sơ",
            name_vi="Sông Hồng",
            name_en=None,
            articles="L20.2",
        )
    ],
    deadlines=DeadlineCounts(overdue=1, ahead=70),
)


def page(facts: Facts, language: Language = "vi") -> str:
    wording, out = Wording(language), io.StringIO()
    order = Order(title=wording.t("TITLE_REPORT"), language=language, number="", cut="", made=facts.made_on)
    write_page(report(facts, wording), out, order)
    return out.getvalue()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_days_without_anything_are_a_report_too(language: Language) -> None:
    text = text_of(page(EMPTY, language))
    expected = {
        "vi": ["Không nhận bản ghi nào", "Không có bản ghi nào bị từ chối", "Không có việc nào đến hạn", "16/11/2026"],
        "en": ["Nothing came in", "No record was rejected", "Nothing is due", "From 2026-11-16 to 2026-11-22"],
    }
    assert all(each in text for each in expected[language]), text


def test_what_came_in_and_why_not_is_said_in_numbers() -> None:
    text = text_of(page(FULL))
    for part in (
        "1.238 bản ghi: 1.206 bản ghi đã vào sổ đăng ký, 30 bị từ chối, 2 lỗi và 0 bị hủy",
        "cùng số ngày nhận 7 bản ghi",
        "Bên nhận 1.230 1.200 0 0 30 0 0",
        "Chuyển xuyên biên giới 7 0 5 0 0 2 0",
        "(tác vụ không còn lưu) 1 0 0 1 0 0 0",
        "Tổng cộng 1.238 1.200 5 1 30 2 0",
        "Trong 32 bản ghi bị từ chối hoặc lỗi, đã xem 32",
        "Đơn vị này không có … với mã này. Hãy gửi bản ghi đó trước. recipient_ids 29",
        "NEW 1",
        "3 vấn đề mới, 0 vấn đề đã khắc phục, 9 vấn đề còn mở",
        "TRF-01 lỗi Chưa nộp 3 0 9",
        "1 việc quá hạn, 70 việc đến hạn trong 60 ngày. Liệt kê 1 việc gấp nhất.",
        "16/11/2026 -7 Nộp hồ sơ Sông Hồng L20.2",
        "nạp tệp thất bại Tệp bị hỏng 2",
    ):
        assert part in text, (part, text)


def test_a_page_is_whole_in_itself_and_texts_are_no_markup() -> None:
    html = page(FULL, "en")
    assert "&lt;/title&gt;&lt;script&gt;" in html
    assert "<script" not in html
    assert "[U+202E]" in html
    assert "\u202e" not in html
    fetched = [
        each
        for each in re.findall(r'(?:https?:|//|src=|href=|url\(|@import)[^"]*', html)
        if "w3.org/2000/svg" not in each
    ]
    assert fetched == []
    assert "default-src 'none'" in html
    ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>|<meta[^>]*>", "", html))


def test_the_same_facts_are_the_same_page() -> None:
    again = msgspec.json.decode(msgspec.json.encode(FULL), type=Facts)
    assert page(again) == page(FULL)


def test_what_is_drawn_is_what_is_counted() -> None:
    picture = next(block for block in report(FULL, Wording("vi")) if isinstance(block, Picture))
    drawn: dict[str, float] = {}
    for bar in ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}rect"):
        if bar.get("height") != "11":
            drawn[bar.attrib["fill"]] = drawn.get(bar.attrib["fill"], 0.0) + float(bar.attrib["height"])
    scale = sum(drawn.values()) / 1_238
    assert [round(height / scale) for height in drawn.values()] == pytest.approx([1_206, 30, 2], abs=1)
    numbers = [block for block in report(FULL, Wording("vi")) if isinstance(block, Rows)]
    assert len(numbers) == 5


@pytest.mark.parametrize(
    ("totals", "top"), [([], 4), ([0], 4), ([4], 4), ([5], 8), ([9], 12), ([81], 100), ([100], 100), ([12_345], 16_000)]
)
def test_the_scale_has_room_for_the_highest_bar(totals: list[int], top: int) -> None:
    assert nice(totals) == top


def test_names_in_a_plot_are_no_markup() -> None:
    svg = bars("<t>", ["<d>"], [Series("<n>&", "#000", [1])], str)
    assert {"".join(each.itertext()) for each in ElementTree.fromstring(svg)} >= {"<t>", "<d>", "<n>&"}


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-11-16"},
        {"to": "2026-11-16"},
        {"from": "2026-11-17", "to": "2026-11-16"},
        {"formats": []},
        {"from": "2026-01-01", "to": "2026-06-01"},
        {"formats": ["pdf", "pdf"]},
        {"formats": ["docx"]},
        {"since": "2026-11-16"},
        {"language": "fr"},
        {"from": "yesterday", "to": "today"},
    ],
)
def test_what_nobody_can_report_on_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(asked, ReportParameters)
