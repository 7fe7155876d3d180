"""What is due when: a calendar of the days that the law counts."""

import datetime
import uuid
from typing import NamedTuple

from psycopg.rows import DictRow
from psycopg_pool import ConnectionPool

from libs.compliance.findings import address_of
from libs.contracts.compliance.findings import ORGANISATION, Deadline, DeadlineKind
from libs.contracts.texts import worded
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

ARTICLES: dict[DeadlineKind, str] = {
    "transfer-dossier": "L20.2; D356 18.4",
    "impact-dossier": "L21.1; D356 19.4",
    "impact-review": "L22.1; D356 20.1",
    "transfer-review": "L22.1; D356 20.1",
    "organisation-change": "L22.2; D356 20.2",
}
OF_TRANSFERS: frozenset[DeadlineKind] = frozenset({"transfer-dossier", "transfer-review"})
"""Those that are about one transfer; the others are about the organisation."""


class DuePlace(NamedTuple):
    """Where a page of deadlines ends."""

    due_on: datetime.date
    kind: str
    record_id: uuid.UUID


BEGINNING = DuePlace(datetime.date.min, "", uuid.UUID(int=0))


class Calendar:
    """Reads it under row level security. Raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def page(
        self,
        tenant_id: uuid.UUID,
        today: datetime.date,
        until: datetime.date,
        *,
        after: DuePlace | None = None,
        limit: int,
    ) -> tuple[list[Deadline], DuePlace | None]:
        """What is due until a day, overdue first, and where the next page starts; None where there is none."""
        place = after or BEGINNING
        values = {
            "tenant": tenant_id, "today": today, "until": until, "after_day": place.due_on, "after_kind": place.kind,
            "after_record": place.record_id, "limit": limit + 1,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["list_deadlines"], values).fetchall()
        shown = [_deadline(row) for row in rows[:limit]]
        return shown, DuePlace(shown[-1].due_on, shown[-1].kind, shown[-1].record_id) if len(rows) > limit else None


def _deadline(row: DictRow) -> Deadline:
    kind: DeadlineKind = row["kind"]
    entity = "data-transfers" if kind in OF_TRANSFERS else ORGANISATION
    text, text_vi = worded(f"DUE_{kind.upper().replace('-', '_')}")
    return Deadline(
        **row, entity=entity, record_url=address_of(entity, row["record_id"]), text=text, text_vi=text_vi,
        articles=ARTICLES[kind],
    )  # fmt: skip
