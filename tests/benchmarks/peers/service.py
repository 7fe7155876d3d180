"""Writes activities with SQLAlchemy: bulk insert with RETURNING, then the links, in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from tests.benchmarks.peers.records import ActivityIn
from tests.benchmarks.peers.tables import Activity, ActivityDataCategory, ActivityRecipient, ActivityTransfer, uuid7

LINKS = (
    (ActivityDataCategory, "data_category_ids", "data_category_id"),
    (ActivityRecipient, "recipient_ids", "recipient_id"),
    (ActivityTransfer, "transfer_ids", "transfer_id"),
)
LISTS = {field for _, field, _ in LINKS}
COLUMNS = [name for name in ActivityIn.model_fields if name not in LISTS]


def make_engine(url: str) -> AsyncEngine:
    """The engine of a process."""
    return create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=8)


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that keep nothing once committed."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def insert_activities(
    session: AsyncSession, tenant_id: UUID, job_id: UUID, activities: Sequence[ActivityIn]
) -> list[UUID]:
    """Insert records and their links; the ids come back in the order of the records."""
    rows = [{"tenant_id": tenant_id, "job_id": job_id, "activity_id": uuid7(), **_columns(a)} for a in activities]
    statement = insert(Activity).returning(Activity.activity_id, sort_by_parameter_order=True)
    ids = list(await session.scalars(statement, rows))
    await _insert_links(session, tenant_id, ids, activities)
    return ids


async def upsert_activities(
    session: AsyncSession, tenant_id: UUID, job_id: UUID, activities: Sequence[ActivityIn]
) -> list[UUID]:
    """Insert records, or update those whose external_id is there; their links are replaced."""
    rows = [{"tenant_id": tenant_id, "job_id": job_id, "activity_id": uuid7(), **_columns(a)} for a in activities]
    insertion = postgresql.insert(Activity)
    statement = insertion.on_conflict_do_update(
        index_elements=[Activity.tenant_id, Activity.external_id],
        index_where=Activity.external_id.is_not(None),
        set_={name: insertion.excluded[name] for name in ("job_id", *COLUMNS)},
    ).returning(Activity.external_id, Activity.activity_id)
    ids = dict((await session.execute(statement, rows)).tuples().all())
    in_order = [ids[activity.external_id] for activity in activities]
    for table, _, _ in LINKS:
        await session.execute(delete(table).where(table.tenant_id == tenant_id, table.activity_id.in_(in_order)))
    await _insert_links(session, tenant_id, in_order, activities)
    return in_order


async def _insert_links(
    session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID], activities: Sequence[ActivityIn]
) -> None:
    for table, field, column in LINKS:
        links = [
            {"tenant_id": tenant_id, "activity_id": activity_id, column: target}
            for activity_id, activity in zip(ids, activities, strict=True)
            for target in dict.fromkeys(getattr(activity, field))
        ]
        if links:
            await session.execute(insert(table), links)


def _columns(activity: ActivityIn) -> dict[str, object]:
    return {name: getattr(activity, name) for name in COLUMNS}
