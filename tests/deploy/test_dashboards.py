"""Dashboards: made by the code beside them, of metrics that there are, and each panel says what it shows."""

import re

import pytest
import yaml

from deploy.grafana.written import FOLDER, files
from tests.deploy.watching.dashboards import GRAFANA, asked, boards, panels, queries
from tests.deploy.watching.metrics import OF_SCRAPES, known, selectors
from tests.deploy.watching.rules import RUNBOOKS, alerts, all_rules

NAMES = sorted(boards())
PROMQL = re.compile(r"```promql\n(.*?)\n```", re.DOTALL)


def test_what_is_committed_is_what_the_code_makes() -> None:
    assert {file.name: file.read_text() for file in FOLDER.iterdir()} == files(), "make dashboards"


def every_query() -> list[tuple[str, str]]:
    """Of rules, dashboards and runbooks, by where it stands."""
    found = [(str(rule.get("alert") or rule["record"]), rule["expr"]) for rule in all_rules()]
    found += [query for board in boards().values() for query in queries(board)]
    return found + [(page.stem, text) for page in RUNBOOKS.glob("*.md") for text in PROMQL.findall(page.read_text())]


def test_each_query_asks_for_metrics_and_labels_that_there_are() -> None:
    asks = [(where, *selector) for where, query in every_query() for selector in selectors(asked(query))]
    assert not [(where, name) for where, name, _ in asks if name not in known()]
    assert not [
        (where, name, labels - known()[name]) for where, name, labels in asks if labels - known()[name] - OF_SCRAPES
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    board = boards()[name]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in panels(board):
        assert panel["title"], panel
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        if panel["type"] in ("timeseries", "stat"):
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        if panel["type"] == "timeseries":
            assert all(target["legendFormat"] != "__auto" for target in panel["targets"]), panel["title"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_questions_and_fill_their_width(name: str) -> None:
    board = boards()[name]
    rows = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]
    assert rows
    assert all(row.endswith("?") for row in rows)
    for line in {panel["gridPos"]["y"] for panel in panels(board)}:
        assert sum(panel["gridPos"]["w"] for panel in panels(board) if panel["gridPos"]["y"] == line) == 24, (
            name,
            line,
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_can_be_pointed_anywhere_and_leads_on(name: str) -> None:
    board = boards()[name]
    assert [variable["name"] for variable in board["templating"]["list"]][:3] == ["datasource", "namespace", "instance"]
    assert [mark["name"] for mark in board["annotations"]["list"]] == ["Deploys"]
    assert {link["title"] for link in board["links"]} == {"Dashboards", "Console", "Runbooks"}
    pages = [link["url"] for panel in panels(board) for link in panel.get("links", ())]
    assert pages
    assert {re.fullmatch(r"\$\{runbooks}/(\w+)\.md", page)[1] for page in pages} <= set(alerts())  # type: ignore[index]


def test_what_is_provisioned_is_there() -> None:
    provisioning = GRAFANA / "provisioning"
    provider = yaml.safe_load((provisioning / "dashboards" / "sluice.yml").read_text())["providers"][0]
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    assert (provider["type"], source["type"], source["isDefault"]) == ("file", "prometheus", True)
