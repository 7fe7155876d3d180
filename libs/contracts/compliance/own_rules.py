"""Rules that a tenant makes for itself: one field, one operator, one value. Never SQL, and never a pattern."""

import datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

from msgspec import Meta, Struct

from libs.contracts.compliance.findings import Severity

CODE_PATTERN = "^OWN-[A-Z0-9](?:[A-Z0-9-]{0,22}[A-Z0-9])?$"
MOST_OWN_RULES = 50
"""Of one tenant."""
MOST_VALUES = 50
LONGEST_VALUE = 500
LONGEST_TEXT = 300
MOST_DAYS = 36_525

Operator: TypeAlias = Literal["missing", "equals", "one_of", "greater", "less", "contains", "older_than_days"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
RuleEntity: TypeAlias = Literal["processing-activities", "data-categories", "recipients", "data-transfers"]


class OwnRuleBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as somebody wants it: it finds the records of which this holds."""

    entity: RuleEntity
    field: Annotated[str, Meta(max_length=64)]
    """A member of the entity's records; `created_at` and `updated_at`, too."""
    operator: Operator
    value: Any = None
    """None for `missing`; a list for `one_of`; days for `older_than_days`; else of the field's type."""
    severity: Severity = "warning"
    text_vi: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    text_en: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    """The Vietnamese one stands for it where it is empty."""

    def __post_init__(self) -> None:
        if not (self.text_vi.strip() and self.text_vi.isprintable() and (self.text_en or " ").isprintable()):
            raise ValueError("one line of text")


class OwnRule(Struct, frozen=True, kw_only=True):
    """A rule of a tenant's own."""

    code: str
    entity: RuleEntity
    field: str
    operator: Operator
    value: Any
    severity: Severity
    text_vi: str
    text_en: str
    created_by: str
    created_at: datetime.datetime
    updated_at: datetime.datetime
