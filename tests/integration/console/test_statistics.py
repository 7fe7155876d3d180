"""The page of statistics: spans that stand in the address, a table beside every plot, marks where a version changed."""

import datetime
import json
import re
from html import unescape
from typing import Any

import psycopg
import pytest

from libs.contracts.statistics import StatisticsPoint
from services.console.pages.plots import Frame, Mark, Series, plot
from tests.integration.console.visitors.site import Person, Site, job_of, several, words
from tests.integration.service_process import Scanner

NOW = datetime.datetime(2026, 11, 25, 10, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
PATH = "/statistics"


def plots(page: str) -> dict[str, Any]:
    """What is drawn, by the name of its part."""
    found = re.findall(r'id="(\w+)-plot" data-plot="([^"]+)"', page)
    return {name: json.loads(unescape(told)) for name, told in found}


def test_it_says_what_to_do_where_nothing_has_happened(person: Person) -> None:
    assert "Nothing happened in this time. Choose a longer time" in person.text(PATH)
    assert plots(person.get(PATH).text) == {}


@pytest.mark.parametrize(("span", "count", "step"), [
    ("hour", 60, 60), ("day", 1_440, 60), ("week", 10_080, 60), ("month", 30, 86_400), ("year", 365, 86_400),
])  # fmt: skip
def test_each_span_is_drawn_and_stands_in_a_table(
    scanner: Scanner, person: Person, span: str, count: int, step: int
) -> None:
    job_of(scanner.post([*several(4), {"name_vi": ""}]))
    page = person.get(f"{PATH}?span={span}").text
    drawn = plots(page)
    assert list(drawn) == ["records", "jobs", "durations"]
    for told in drawn.values():
        assert (told["step"], len(told["at"])) == (step, 1)
        assert count - 2 <= told["at"][0] < told["count"] == count
    assert {each["label"]: each["values"] for each in drawn["records"]["series"]} == {"created": [4], "rejected": [1]}
    assert [each["label"] for each in drawn["jobs"]["series"]] == ["completed"]
    assert page.count("<tbody>") == page.count("</tbody>") == 3
    assert len(re.findall(r'<td class="time">', page)) == 3
    assert ("UTC+07:00" in words(page.split("<footer>")[0])) == (step == 60)
    assert ("days begin at 00:00 UTC" in words(page)) == (step == 86_400)
    assert re.search(r'<a href="/statistics\?span=\w+" aria-current="true">', page)


def test_an_hour_is_looked_at_more_nearly(scanner: Scanner, person: Person) -> None:
    job_of(scanner.post(several(4)))
    for span, count in (("day", 60), ("week", 60), ("month", 1_440)):
        nearer = re.search(r'<td class="time"><a href="([^"]+)"', person.get(f"{PATH}?span={span}").text)
        assert nearer
        drawn = plots(person.get(unescape(nearer[1])).text)["records"]
        assert (drawn["count"], drawn["step"], drawn["series"][0]["values"]) == (count, 60, [4])
    assert '<td class="time"><a' not in person.get(f"{PATH}?span=hour").text


def test_an_entity_is_told_apart(scanner: Scanner, person: Person) -> None:
    job_of(scanner.post(several(4)))
    assert plots(person.get(f"{PATH}?entity=recipients").text)
    page = person.get(f"{PATH}?entity=data-transfers&span=week").text
    assert plots(page) == {}
    assert 'href="/statistics?span=year&amp;entity=data-transfers"' in page


def test_nobody_sees_the_statistics_of_others(site: Site, scanner: Scanner) -> None:
    job_of(scanner.post(several(4)))
    assert plots(site.person(site.scanner()).get(PATH).text) == {}
    assert site.person(scanner, scope="jobs:read").get(PATH).status_code == 200


def test_versions_are_marked_for_those_who_may_see_the_system(site: Site, scanner: Scanner, person: Person) -> None:
    job_of(scanner.post(several(4)))
    with psycopg.connect(site.database_url) as connection:
        note = "INSERT INTO ingest.versions_at_work (namespace, versions) VALUES (%s, %s)"
        for versions in (["0.8"], ["0.8", "<b>0.9</b>"]):
            connection.execute(note, (site.namespace, versions))
    page = person.get(f"{PATH}?span=hour").text
    assert [mark["label"] for mark in plots(page)["records"]["marks"]][-2:] == ["0.8", "<b>0.9</b>"]
    assert "<b>0.9</b> since 20" in words(page)
    assert "<b>" not in page
    onlooker = site.person(scanner, scope="jobs:read").get(f"{PATH}?span=hour").text
    assert plots(onlooker)["records"]["marks"] == []
    assert "0.8" not in onlooker


BAD = [
    "span=century", "entity=people", "from=x", "from=2026-01-01", "from=2026-01-01T00:00:00Z", "span=day&span=week",
    "from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", "from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59Z",
    "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    "from=2026-01-01T00:00:00&to=2026-01-02T00:00:00", "from=%00&to=%ff", "to=2026-01-01T00:00:00%2B99:00",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_a_time_that_cannot_be_shown_is_refused(person: Person, query: str) -> None:
    assert person.get(f"{PATH}?{query}").status_code == 400


def test_any_other_time_is_shown(person: Person) -> None:
    for query in (
        "from=2026-01-01T00:00:00%2B07:00&to=2026-01-02T00:00:00%2B07:00",
        "from=2000-01-01T00:00:00Z&to=2000-12-31T00:00:00Z",
    ):
        assert person.get(f"{PATH}?{query}").status_code == 200


def test_a_plot_tells_what_happened_and_no_more() -> None:
    points = [StatisticsPoint(starts_at=NOW + place * MINUTE) for place in (1, 3)]
    series = [Series("a", "--good", lambda point: 1.25), Series("b", "--bad", lambda point: 0)]
    last = NOW + 5 * MINUTE - datetime.timedelta(seconds=1)
    told = json.loads(plot(Frame(NOW, NOW + 5 * MINUTE, "minute"), points, series, marks=[Mark(last, "2")], quiet=None))
    assert told == {
        "start": NOW.timestamp(), "step": 60, "count": 5, "quiet": None, "at": [1, 3],
        "series": [{"label": "a", "colour": "--good", "dashed": False, "values": [1.25, 1.25]}],
        "marks": [{"at": 4, "label": "2"}],
    }  # fmt: skip
