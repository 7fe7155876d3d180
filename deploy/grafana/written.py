"""All dashboards as the files that Grafana reads."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana import ingest, overview, tasks, writers

FOLDER = Path(__file__).parent / "dashboards"


def files() -> dict[str, str]:
    """Texts by the name of the file."""
    boards = (overview.board(), ingest.board(), writers.board(), tasks.board())
    return {f"{board.uid}.json": _text(board) for board in boards}


def write() -> None:
    """Write them all, and nothing else into their folder."""
    for name, text in files().items():
        (FOLDER / name).write_text(text)


def _text(board: Dashboard) -> str:
    return json.dumps(board, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
