"""What the members of records may hold.

Legal bases: Law 91/2025/QH15 on personal data protection, articles 9 and 19.1 (in force 2026-01-01).
"""

import uuid
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

MAX_NAME = 500
"""Characters, as the others."""
MAX_TEXT = 4_000
MAX_CODE = 50
MAX_EXTERNAL_ID = 255
MAX_LIST = 1_000
"""Items."""

RequiredName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Name: TypeAlias = Annotated[str, Meta(max_length=MAX_NAME)]
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
Code: TypeAlias = Annotated[str, Meta(max_length=MAX_CODE)]
TaxCode: TypeAlias = Annotated[str, Meta(max_length=MAX_CODE, pattern=r"^[0-9A-Za-z][0-9A-Za-z ./-]*$")]
"""Of Vietnam (`0101234567`, `0101234567-001`) or of any other country."""
ExternalId: TypeAlias = Annotated[str, Meta(max_length=MAX_EXTERNAL_ID)]
Ids: TypeAlias = Annotated[list[uuid.UUID], Meta(max_length=MAX_LIST)]
ExternalIds: TypeAlias = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=MAX_EXTERNAL_ID)]], Meta(max_length=MAX_LIST)
]
Months: TypeAlias = Annotated[int, Meta(ge=0, le=1200)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
TransferCase: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
"""Which of the cases of Mẫu 09, II.1 (Decree 356/2025) a transfer is: 1.1 to 1.5."""

LegalBasis: TypeAlias = Literal[
    "consent", "vital_interests", "emergency_security", "public_authority", "contract", "legal_obligation"
]
Role: TypeAlias = Literal["controller", "controller_processor", "processor", "third_party"]
"""What the organisation is to the data, Mẫu 10, II.1."""
CategoryType: TypeAlias = Literal["basic", "sensitive"]
RecipientType: TypeAlias = Literal[
    "internal", "controller", "controller_processor", "processor", "third_party", "public_authority"
]
