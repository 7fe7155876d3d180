"""The records of an inventory: one struct per entity, and one `Entity` that says how it is posted and stored.

The struct is the only description of an entity: validation, the order of the COPY columns and the OpenAPI schema are
all read from it. To add an entity: write its struct, append its `Entity` to `ENTITIES`, add a migration for its table.
"""

import datetime
import uuid

from msgspec import UNSET, Struct, UnsetType

from libs.contracts.inventory.countries import CountryCode
from libs.contracts.inventory.legal_codes import LegalCode
from libs.contracts.inventory.members import (
    CategoryType,
    Code,
    Count,
    ExternalId,
    ExternalIds,
    Ids,
    LegalBasis,
    Months,
    Name,
    RecipientType,
    RequiredName,
    Role,
    TaxCode,
    Text,
    TransferCase,
)


class Record(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A record as a scanner sends it.

    Every subclass opens with its own id and `external_id`; lists of ids come last, and behind them the lists of
    external ids that say the same. The order of the other fields is the order of the table's columns.

    A member that did not come is UNSET, apart from the id. To a new row that means its default (null, false, no ids),
    to a stored one that what it has stays.
    """


class ProcessingActivity(Record, kw_only=True):
    """One processing of personal data: what is done, why, on which legal basis, with whose data and for whom."""

    activity_id: uuid.UUID | None = None
    external_id: ExternalId | UnsetType | None = UNSET
    activity_name_vi: RequiredName
    activity_name_en: Name | UnsetType | None = UNSET
    purpose_vi: Text | UnsetType | None = UNSET
    purpose_en: Text | UnsetType | None = UNSET
    legal_basis: LegalBasis
    data_source_vi: Text | UnsetType | None = UNSET
    data_source_en: Text | UnsetType | None = UNSET
    retention_period_months: Months | UnsetType | None = UNSET
    has_automated_decision_making: bool | UnsetType = UNSET
    requires_dpia: bool | UnsetType = UNSET
    role: Role | UnsetType | None = UNSET
    subject_group: Text | UnsetType | None = UNSET
    data_subject_count: Count | UnsetType | None = UNSET
    started_on: datetime.date | UnsetType | None = UNSET
    consent_method: Text | UnsetType | None = UNSET
    sensitive_notice: bool | UnsetType | None = UNSET
    operations: Text | UnsetType | None = UNSET
    deletion_method: Text | UnsetType | None = UNSET
    security_measures_vi: Text | UnsetType | None = UNSET
    system_location: Text | UnsetType | None = UNSET
    data_category_ids: Ids | UnsetType | None = UNSET
    recipient_ids: Ids | UnsetType | None = UNSET
    transfer_ids: Ids | UnsetType | None = UNSET
    data_category_external_ids: ExternalIds | UnsetType | None = UNSET
    recipient_external_ids: ExternalIds | UnsetType | None = UNSET
    transfer_external_ids: ExternalIds | UnsetType | None = UNSET


class DataCategory(Record, kw_only=True):
    """A kind of personal data, basic or sensitive."""

    data_category_id: uuid.UUID | None = None
    external_id: ExternalId | UnsetType | None = UNSET
    name_vi: RequiredName
    name_en: Name | UnsetType | None = UNSET
    category_type: CategoryType
    description_vi: Text | UnsetType | None = UNSET
    description_en: Text | UnsetType | None = UNSET
    legal_code: LegalCode | UnsetType | None = UNSET


class Recipient(Record, kw_only=True):
    """Who receives personal data."""

    recipient_id: uuid.UUID | None = None
    external_id: ExternalId | UnsetType | None = UNSET
    name_vi: RequiredName
    name_en: Name | UnsetType | None = UNSET
    recipient_type: RecipientType
    country_code: CountryCode | UnsetType | None = UNSET
    contact: Text | UnsetType | None = UNSET
    tax_code: TaxCode | UnsetType | None = UNSET
    dpo_contact: Text | UnsetType | None = UNSET
    agreement_ref: Text | UnsetType | None = UNSET
    agreement_date: datetime.date | UnsetType | None = UNSET
    service: Text | UnsetType | None = UNSET


class DataTransfer(Record, kw_only=True):
    """A transfer of personal data across the border."""

    transfer_id: uuid.UUID | None = None
    external_id: ExternalId | UnsetType | None = UNSET
    name_vi: RequiredName
    name_en: Name | UnsetType | None = UNSET
    destination_country: CountryCode
    recipient_name: Name | UnsetType | None = UNSET
    purpose_vi: Text | UnsetType | None = UNSET
    purpose_en: Text | UnsetType | None = UNSET
    transfer_basis: Text | UnsetType | None = UNSET
    data_subject_count: Count | UnsetType | None = UNSET
    started_on: datetime.date | UnsetType | None = UNSET
    dossier_filed_on: datetime.date | UnsetType | None = UNSET
    transfer_case: TransferCase | UnsetType | None = UNSET
    exemption_code: Code | UnsetType | None = UNSET
    agreement_ref: Text | UnsetType | None = UNSET
    receiver_measures: Text | UnsetType | None = UNSET
    onward_transfer: Text | UnsetType | None = UNSET


class Link(Struct, frozen=True):
    """What a record refers to, by ids, by external ids or by both together; it becomes rows of a link table."""

    field: str
    """The record's field that holds the ids."""
    names: str
    """The record's field that holds the external ids."""
    table: str
    """The link table in schema `inventory`: `(tenant_id, <owner id>, <column>)`."""
    column: str
    """The link table's column, which has the same name as the target's own id."""
    target: str
    """The table in schema `inventory` that must hold the id."""


class Entity(Struct, frozen=True):
    """How one kind of record is posted, answered and stored."""

    name: str
    """The last segment of the batch URL."""
    record: type[Record]
    member: str
    """The member of the request body that holds the records."""
    ids_member: str
    """The member of the answer that holds the ids."""
    table: str
    """The table in schema `inventory`."""
    max_records: int
    """Records a request."""
    seldom: frozenset[str] = frozenset()
    """Members that most batches do without: those that people fill in, which scanners know nothing of."""
    links: tuple[Link, ...] = ()

    @property
    def id_field(self) -> str:
        """The record's own id: the first field, and the second column of the table's primary key."""
        return self.record.__struct_fields__[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The record's columns in the order of COPY; the tenant and the job are added by the writer."""
        linked = {name for link in self.links for name in (link.field, link.names)}
        return tuple(name for name in self.record.__struct_fields__ if name not in linked)

    @property
    def members(self) -> tuple[str, ...]:
        """All of the record but its own id: the columns, then the lists of ids, then those of external ids."""
        return self.record.__struct_fields__[1:]


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            name="processing-activities",
            record=ProcessingActivity,
            member="activities",
            ids_member="activity_ids",
            table="processing_activity",
            max_records=10_000,
            seldom=frozenset({
                "role", "subject_group", "data_subject_count", "started_on", "consent_method", "sensitive_notice",
                "operations", "deletion_method", "security_measures_vi", "system_location",
            }),
            links=(
                Link(
                    "data_category_ids",
                    "data_category_external_ids",
                    "activity_data_category",
                    "data_category_id",
                    "data_category",
                ),
                Link("recipient_ids", "recipient_external_ids", "activity_recipient", "recipient_id", "recipient"),
                Link("transfer_ids", "transfer_external_ids", "activity_transfer", "transfer_id", "data_transfer"),
            ),
        ),
        Entity(
            "data-categories", DataCategory, "categories", "category_ids", "data_category", 5_000,
            frozenset({"legal_code"}),
        ),
        Entity(
            "recipients", Recipient, "recipients", "recipient_ids", "recipient", 5_000,
            frozenset({"tax_code", "dpo_contact", "agreement_ref", "agreement_date", "service"}),
        ),
        Entity(
            "data-transfers", DataTransfer, "transfers", "transfer_ids", "data_transfer", 5_000,
            frozenset({"transfer_case", "exemption_code", "agreement_ref", "receiver_measures", "onward_transfer"}),
        ),
    )
}  # fmt: skip
