"""What is due when, by the day in Vietnam."""

import datetime

from libs.compliance.deadlines import Calendar
from tests.integration.compliance.inventory import DAY, RulesBench

TODAY = datetime.date(2026, 11, 25)
FAR = TODAY + 400 * DAY


def moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(12), datetime.UTC)


def kinds(it: RulesBench, until: datetime.date = FAR) -> list[tuple[str, datetime.date, int]]:
    found, _ = Calendar(it.readers).page(it.tenant, TODAY, until, limit=100)
    return [(each.kind, each.due_on, each.days_left) for each in found]


def test_what_is_to_be_filed_is_due_sixty_days_after_it_began(rules_bench: RulesBench) -> None:
    it = rules_bench
    assert kinds(it) == []
    it.inventory.transfer(started_on=TODAY - 61 * DAY)
    it.inventory.transfer(started_on=TODAY)
    for values in ({"dossier_filed_on": TODAY}, {"exemption_code": "20.6.a"}):
        it.inventory.transfer(started_on=TODAY - 10 * DAY, updated_at=moment(TODAY), **values)
    it.inventory.activity(started_on=TODAY - 5 * DAY)
    it.inventory.activity(started_on=TODAY)
    assert kinds(it) == [
        ("transfer-dossier", TODAY - DAY, -1),
        ("impact-dossier", TODAY + 55 * DAY, 55),
        ("transfer-dossier", TODAY + 60 * DAY, 60),
    ]
    assert kinds(it, TODAY + 55 * DAY) == kinds(it)[:2]
    assert Calendar(it.readers).page(it.another().tenant, TODAY, FAR, limit=9) == ([], None)


def test_what_was_filed_is_reviewed_after_six_months_and_a_change_told_within_ten_days(rules_bench: RulesBench) -> None:
    it = rules_bench
    it.inventory.activity(started_on=TODAY - 300 * DAY)
    it.inventory.organisation(impact_filed_on=datetime.date(2026, 8, 31), updated_at=moment(TODAY - 3 * DAY))
    it.inventory.transfer(dossier_filed_on=datetime.date(2026, 6, 1), updated_at=moment(TODAY))
    it.inventory.transfer(dossier_filed_on=datetime.date(2026, 6, 1), updated_at=moment(datetime.date(2026, 6, 1)))
    assert kinds(it) == [
        ("transfer-review", datetime.date(2026, 12, 1), 6),
        ("organisation-change", TODAY + 7 * DAY, 7),
        ("impact-review", datetime.date(2027, 2, 28), 95),
    ]
    updated = "UPDATE inventory.organisation SET impact_updated_on = %s WHERE tenant_id = %s"
    it.bench.sql.execute(updated, [TODAY, it.tenant])
    assert kinds(it)[1:] == [("impact-review", datetime.date(2027, 5, 25), 181)]


def test_a_small_firm_that_is_exempt_files_no_impact_dossier(rules_bench: RulesBench) -> None:
    it = rules_bench
    it.inventory.activity(started_on=TODAY)
    it.inventory.organisation(exempt_claimed=True)
    assert kinds(it) == []


def test_the_calendar_is_pages(rules_bench: RulesBench) -> None:
    it = rules_bench
    for days in (3, 3, 3, 1, 2):
        it.inventory.transfer(started_on=TODAY - days * DAY)
    pages, after = [], None
    while True:
        page, after = Calendar(it.readers).page(it.tenant, TODAY, FAR, after=after, limit=2)
        pages.append(page)
        if after is None:
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    whole, _ = Calendar(it.readers).page(it.tenant, TODAY, FAR, limit=9)
    assert [each for page in pages for each in page] == whole
    assert {(each.entity, each.name_vi) for each in whole} == {("data-transfers", "Máy chủ nước ngoài")}
