"""The dashboards as they are committed."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.root import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
SINCE = {"$__rate_interval": "1m", "$__range": "1h", "$__interval": "15s"}


@cache
def boards() -> dict[str, dict[str, Any]]:
    """By their uid."""
    return {file.stem: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What each panel and each annotation asks, by where it stands."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield f"{board['title']}: {panel['title']} {target['refId']}", target["expr"]
    for annotation in board["annotations"]["list"]:
        yield f"{board['title']}: marks of {annotation['name']}", annotation["expr"]


def asked(query: str) -> str:
    """A query as Grafana sends it, where nobody has chosen anything."""
    for name, value in SINCE.items():
        query = query.replace(name, value)
    return re.sub(r"\$(namespace|instance)\b", ".*", query)
