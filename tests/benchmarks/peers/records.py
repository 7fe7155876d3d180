"""The records as pydantic models, and the validation of a batch that keeps its good records."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

Name = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=4_000)]
LegalBasis = Literal[
    "consent", "vital_interests", "emergency_security", "public_authority", "contract", "legal_obligation"
]


class ActivityIn(BaseModel):
    """A processing activity as it is sent."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    external_id: Annotated[str, Field(max_length=255)] | None = None
    activity_name_vi: Annotated[str, Field(min_length=1, max_length=500)]
    activity_name_en: Name | None = None
    purpose_vi: Text | None = None
    purpose_en: Text | None = None
    legal_basis: LegalBasis
    data_source_vi: Text | None = None
    data_source_en: Text | None = None
    retention_period_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    has_automated_decision_making: bool = False
    requires_dpia: bool = False
    data_category_ids: list[UUID] = []
    recipient_ids: list[UUID] = []
    transfer_ids: list[UUID] = []


class BatchIn(BaseModel):
    """A request's body."""

    activities: Annotated[list[ActivityIn], Field(min_length=1, max_length=10_000)]


class RecordError(BaseModel):
    """What is wrong with a record."""

    index: int
    pointer: str
    error: str


class BatchOut(BaseModel):
    """The answer to a batch that was written."""

    activity_ids: list[UUID]
    total_created: int
    errors: list[RecordError]


class JobOut(BaseModel):
    """The answer to a batch that will be written, and to a look at it."""

    job_id: str
    status: str
    total_created: int = 0
    errors: list[RecordError] = []


def read_batch(body: bytes) -> tuple[list[ActivityIn], list[RecordError]]:
    """Validate a body straight from its bytes, which is pydantic's fastest way; a bad record costs a second look.

    Raises ValidationError where no list of records can be made out.
    """
    try:
        return BatchIn.model_validate_json(body).activities, []
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        if any(len(fault["loc"]) < 2 for fault in faults):
            raise
    errors = [
        RecordError(index=int(fault["loc"][1]), pointer="/" + "/".join(map(str, fault["loc"][2:])), error=fault["msg"])
        for fault in faults
    ]
    bad = {error.index for error in errors}
    kept = [record for index, record in enumerate(from_json(body)["activities"]) if index not in bad]
    return [ActivityIn.model_validate(record) for record in kept], errors
