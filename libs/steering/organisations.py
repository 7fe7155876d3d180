"""Says who the tenant is, whoever asks."""

import uuid

import msgspec

from libs.contracts.chunks import Reject, error_views
from libs.contracts.inventory.organisation import ENTITY, Kept, Organisation
from libs.contracts.refusals import Refusal
from libs.database.organisations import OrganisationStore
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.intake.validation.record_check import read_record
from libs.steering.schedules import NO_JOB


class OrganisationDesk:
    """Every method raises Refusal, and psycopg.Error while PostgreSQL is away."""

    def __init__(self, organisations: OrganisationStore) -> None:
        self._organisations = organisations

    def known(self, tenant_id: uuid.UUID) -> Kept | None:
        """The tenant's, if anybody has said who it is."""
        return self._organisations.find(tenant_id)

    def find(self, tenant_id: uuid.UUID) -> Kept:
        """The tenant's."""
        found = self.known(tenant_id)
        if found is None:
            raise Refusal("ORGANISATION_NOT_FOUND")
        return found

    def put(self, origin: Origin, said: Organisation, version: int | None) -> Kept:
        """Have it be this, where this version is the newest; whatever was there where none is named."""
        known = sum(value is not None for value in msgspec.structs.asdict(said).values())
        entry = audit_entry(origin, "organisation.put", NO_JOB, ENTITY, {"members": known})
        return self._organisations.put(origin.caller.tenant_id, said, version, entry)


def organisation_of(raw: bytes) -> Organisation:
    """What this JSON says, in order as records are. Raises Refusal with all that is wrong with it."""
    reading = read_record(Organisation, raw)
    if isinstance(reading.record, Organisation):
        return reading.record
    views = error_views(Reject(0, "validate", reading.faults, b""))
    first = views[0]
    raise Refusal(
        "ORGANISATION_INVALID", members={"errors": msgspec.to_builtins(views)}, pointer=first.pointer,
        reason=first.error, reason_vi=first.error_vi,
    )  # fmt: skip
