"""A proposed mapping to ask about."""

import datetime
import uuid
from typing import Any

from libs.contracts.files.mapping_bodies import ColumnView, MappingView, links_of
from libs.contracts.files.mappings import Alternative, By, Source

MAPPING = uuid.UUID(int=7)


def column(
    index: int, name: str, target: str | None = None, *others: tuple[str, float], by: By = "synonym"
) -> ColumnView:
    return ColumnView(
        index=index, name=name, target=target, operations=[], confidence=0.95 if target else 0.0, by=by, reason="",
        reason_vi="", alternatives=[Alternative(*other) for other in others],
    )  # fmt: skip


def proposal(*columns: ColumnView, **changes: Any) -> MappingView:
    members: dict[str, Any] = {
        "mapping_id": MAPPING, "version": 1, "status": "proposed", "entity": "processing-activities",
        "file_id": uuid.UUID(int=1), "reference_file_id": None, "source": Source(), "columns": list(columns),
        "constants": {}, "unmapped": [], "targets": [], "created_by": "scanner",
        "created_at": datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC), "links": links_of(MAPPING),
    }  # fmt: skip
    return MappingView(**{**members, **changes})
