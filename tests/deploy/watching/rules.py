"""The rule files of Prometheus as data."""

from functools import cache
from typing import Any

import yaml

from tests.root import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"


@cache
def all_rules() -> list[dict[str, Any]]:
    """Recording and alerting rules of all files, in their order."""
    files = [yaml.safe_load(file.read_text()) for file in RULE_FILES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


@cache
def alerts() -> dict[str, dict[str, Any]]:
    """Alerts by name."""
    return {rule["alert"]: rule for rule in all_rules() if "alert" in rule}
