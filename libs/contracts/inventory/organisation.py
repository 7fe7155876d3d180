"""Who the tenant is: box I of Mẫu 10 and Mẫu 09, and what else these forms ask of the organisation as a whole.

One a tenant. It is validated as records are, and what is not said of it is not known: null.
"""

import datetime
from typing import Annotated, Any, Literal, TypeAlias, cast, get_type_hints

from msgspec import Meta, Struct, defstruct

from libs.contracts.inventory.members import MAX_TEXT, Name, RequiredName, TaxCode, Text
from libs.contracts.inventory.records import Record

MOST_BRANCHES = 1_000_000
MOST_SERVICES = 100
ENTITY = "organisation"
"""What audit entries and pages call it; it is not among `ENTITIES`, whose records come in batches."""

DpoKind: TypeAlias = Literal["unit", "person", "service"]
"""Who looks after personal data: box I.8 has one for staff, a unit or a person, and one for a service."""
Branches: TypeAlias = Annotated[int, Meta(ge=0, le=MOST_BRANCHES)]
Services: TypeAlias = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]], Meta(max_length=MOST_SERVICES)
]


class Organisation(Record, kw_only=True):
    """What a person says of the tenant, all at once: a member that is absent is null."""

    name_vi: RequiredName
    name_foreign: Name | None = None
    name_short: Name | None = None
    tax_code: TaxCode | None = None
    address: Text | None = None
    trading_address: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    website: Text | None = None
    registration: Text | None = None
    """Number, issuer, day and place of its certificate of registration."""
    business_lines: Text | None = None
    """Those with personal data in them, with their codes."""
    branches: Branches | None = None
    """How many branches and representative offices."""
    dpo_kind: DpoKind | None = None
    dpo_name: Name | None = None
    dpo_title: Text | None = None
    dpo_phone: Text | None = None
    dpo_email: Text | None = None
    dpo_decision: Text | None = None
    """By which decision, or contract, these were appointed."""
    exempt_claimed: bool | None = None
    """Whether it claims the exemption of small firms, Law 91/2025 art. 38; null is no."""
    sells_processing: bool | None = None
    processing_services: Services | None = None
    on_data_exchange: bool | None = None
    transfers_for_fee: bool | None = None
    impact_filed_on: datetime.date | None = None
    impact_result_on: datetime.date | None = None
    impact_updated_on: datetime.date | None = None
    transfer_filed_on: datetime.date | None = None


class Kept(Struct, frozen=True, kw_only=True):
    """What is known of an organisation beside what was said."""

    version: int
    """Counts its changes, from 1; the ETag."""
    updated_by: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


def _stored() -> type[Kept]:
    hints = get_type_hints(Organisation, include_extras=True)
    found = {**hints, "exempt_claimed": bool, "processing_services": Services}
    fields: list[Any] = [(name, found[name]) for name in Organisation.__struct_fields__]
    return cast(type[Kept], defstruct("StoredOrganisation", fields, bases=(Kept,), frozen=True, kw_only=True))


StoredOrganisation: type[Kept] = _stored()
"""An organisation as it is kept: all its members, null where nobody has said, then those of `Kept`."""

MEMBERS = Organisation.__struct_fields__
