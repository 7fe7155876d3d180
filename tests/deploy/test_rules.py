"""Rules of Prometheus: each alert fires when it has to, keeps silent when not, and has a page that says what to do."""

import re
import shlex
import shutil
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import promql_parser
import pytest
import yaml

from tests.deploy.watching.cases import CASES, Case
from tests.deploy.watching.haste import hurried
from tests.deploy.watching.rules import PROMETHEUS, RULE_FILES, RUNBOOKS, alerts, all_rules

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="There is no promtool: apt-get install prometheus")
OPERATIONS = RUNBOOKS.parent / "operations.md"
OTHER_RUNBOOKS = {"restore"}
SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation")


def promtool(*arguments: str) -> None:
    assert PROMTOOL
    told = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def as_test(case: Case, *, fires: bool) -> dict[str, Any]:
    """A test of promtool's: which of the series `ALERTS` there are."""
    alert = alerts()[case.alert]
    found = {"alertname": case.alert, "alertstate": "firing", **alert["labels"], **case.labels}
    labels = ", ".join(f'{name}="{value}"' for name, value in found.items())
    # No series at all is a case, too; promtool wants one.
    series = (case.fires if fires else case.silent) or {"nothing": "0x9"}
    return {
        "name": f"{case.alert} {'fires' if fires else 'keeps silent'}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{case.alert}", alertstate="firing"}}',
                "eval_time": case.after,
                "exp_samples": [{"labels": f"ALERTS{{{labels}}}", "value": 1}] if fires else [],
            }
        ],
    }


def written(name: str, folder: Path) -> Path:
    """All cases of an alert, and a rule file with nothing else than it and what it is computed from."""
    alert = alerts()[name]
    recorded = [rule for rule in all_rules() if "record" in rule] if "namespace:" in alert["expr"] else []
    (folder / f"{name}.rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [*recorded, alert]}]}))
    tests = [as_test(case, fires=fires) for case in CASES if case.alert == name for fires in (True, False)]
    file = folder / f"{name}.tests.yml"
    file.write_text(
        yaml.safe_dump(
            {"rule_files": [f"{name}.rules.yml"], "evaluation_interval": "5m" if recorded else "1m", "tests": tests}
        )
    )
    return file


@needs_promtool
def test_each_alert_fires_when_it_has_to_and_not_otherwise(tmp_path: Path) -> None:
    promtool("test", "rules", *(str(written(name, tmp_path)) for name in alerts()))


@needs_promtool
def test_prometheus_takes_the_configuration_and_the_templates_of_the_rules() -> None:
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))
    promtool("check", "rules", *map(str, RULE_FILES))


@needs_promtool
def test_an_alert_links_to_its_runbook_wherever_runbooks_are(tmp_path: Path) -> None:
    test = {
        "interval": "1m",
        "input_series": [{"series": 'sluice_audit_aside_total{namespace="a"}', "values": "0 1x5"}],
        "external_labels": {"sluice_runbooks": "https://git.example/runbooks"},
        "alert_rule_test": [{
            "eval_time": "5m", "alertname": "SluiceAuditAside",
            "exp_alerts": [{
                "exp_labels": {"namespace": "a", "severity": "critical"},
                "exp_annotations": {
                    "summary": "An audit entry could not be stored",
                    "description": (
                        "1 entries of a are in `ingest.audit_aside` as they came, and not in the audit trail."
                    ),
                    "runbook_url": "https://git.example/runbooks/SluiceAuditAside.md",
                },
            }],
        }],
    }  # fmt: skip
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(PROMETHEUS / "rules" / "limits.yml")], "tests": [test]}))
    promtool("test", "rules", str(file))


def test_each_alert_has_a_case_in_which_it_fires() -> None:
    assert {case.alert for case in CASES} == set(alerts())


def test_each_rule_can_be_read() -> None:
    for rule in all_rules():
        promql_parser.parse(rule["expr"])


@pytest.mark.parametrize("name", sorted(alerts()))
def test_an_alert_says_how_bad_it_is_what_it_is_and_what_to_do(name: str) -> None:
    alert = alerts()[name]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"].endswith(f"/{name}.md")
    page = (RUNBOOKS / f"{name}.md").read_text()
    assert page.startswith(f"# {name}\n")
    places = [page.index(section) for section in SECTIONS]
    assert places == sorted(places)


def test_each_runbook_has_its_alert_and_operators_are_told_of_it() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} - OTHER_RUNBOOKS == set(alerts())
    told = re.findall(r"^\| \[(\w+)]\(runbooks/\1\.md\) \| (\w+) \|", OPERATIONS.read_text(), re.MULTILINE)
    assert dict(told) == {name: alert["labels"]["severity"] for name, alert in alerts().items()}


def test_runbooks_name_alerts_and_pages_that_there_are() -> None:
    for page in RUNBOOKS.glob("*.md"):
        text = page.read_text()
        assert set(re.findall(r"\bSluice[A-Z]\w+", text)) <= set(alerts()) | {"SluiceClient"}, page
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (page.parent / target).exists(), (page, target)


def test_runbooks_call_commands_and_options_that_there_are() -> None:
    commands = {entry.name: entry for entry in entry_points(group="sluice.commands")}
    for page in RUNBOOKS.glob("Sluice*.md"):
        for call in re.findall(r"(?:^|`)(sluice [a-z-]+(?: [^`#;\n]*)?(?=[`#;\n]))", page.read_text(), re.MULTILINE):
            _, name, *words = shlex.split(call)
            command: Any = commands[name].load()
            while isinstance(command, click.Group):
                command = command.commands[words.pop(0)]
            there_are = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            assert {word for word in words if word.startswith("--")} <= there_are, (page.stem, call)


def test_in_haste_each_span_of_time_is_shorter_and_nothing_else_is_changed() -> None:
    spans = re.compile(r"(?<![a-z0-9])\d+(ms|[smhd])\b|(?<=_seconds\) > )[0-9. *]+|le=\"[0-9.]+\"")
    for rule in all_rules():
        assert not re.search(r"(?<![a-z0-9])\d+[mhd]\b", hurried(rule["expr"])), rule
        assert spans.sub("", hurried(rule["expr"])) == spans.sub("", rule["expr"]), rule
    assert hurried("max(sluice_oldest_open_job_seconds) > 300") == "max(sluice_oldest_open_job_seconds) > 7.5"
    assert hurried("increase(a_total[1h]) > 5 and b offset 2m") == "increase(a_total[90000ms]) > 5 and b offset 3000ms"
