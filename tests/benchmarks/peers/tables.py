"""The product's tables, mapped by SQLAlchemy. What PostgreSQL fills in by itself is left to it."""

import os
import time
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def uuid7() -> UUID:
    """A UUIDv7 (RFC 9562), as the product gives them: ordered ids keep the indexes warm."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = millis << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return UUID(int=value)


class Base(DeclarativeBase):
    """All tables are in schema `inventory`."""

    metadata = MetaData(schema="inventory")


class Activity(Base):
    """A processing activity."""

    __tablename__ = "processing_activity"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    external_id: Mapped[str | None]
    activity_name_vi: Mapped[str]
    activity_name_en: Mapped[str | None]
    purpose_vi: Mapped[str | None]
    purpose_en: Mapped[str | None]
    legal_basis: Mapped[str]
    data_source_vi: Mapped[str | None]
    data_source_en: Mapped[str | None]
    retention_period_months: Mapped[int | None]
    has_automated_decision_making: Mapped[bool]
    requires_dpia: Mapped[bool]
    job_id: Mapped[UUID]


class ActivityDataCategory(Base):
    """An activity uses a category."""

    __tablename__ = "activity_data_category"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    data_category_id: Mapped[UUID] = mapped_column(primary_key=True)


class ActivityRecipient(Base):
    """An activity discloses to a recipient."""

    __tablename__ = "activity_recipient"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)


class ActivityTransfer(Base):
    """An activity sends across the border."""

    __tablename__ = "activity_transfer"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
