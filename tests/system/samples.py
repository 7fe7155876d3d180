"""The four kinds of records and good samples of each."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of record as a client knows it."""

    name: str
    """The last segment of the batch URL."""
    member: str
    """The member of the body that holds the records."""
    ids_member: str
    """The member of the answer that holds the ids."""
    table: str
    """The table in schema `inventory`."""
    id_field: str
    """The record's own id, in the record and in the table."""
    limit: int
    """Records a request."""
    required: Mapping[str, Any]
    """The smallest good record."""
    optional: Mapping[str, Any]
    """The other members that scanners send, apart from ids and lists."""
    filled_in: Mapping[str, Any]
    """Those that people fill in."""

    def sample(self, **members: Any) -> Json:
        """A good record with the required members and those given."""
        return {**self.required, **members}

    def full(self, **members: Any) -> Json:
        """A good record with every member that scanners send, apart from ids and lists, and those given."""
        return {**self.required, **self.optional, **members}


ACTIVITY = Kind(
    "processing-activities",
    "activities",
    "activity_ids",
    "processing_activity",
    "activity_id",
    10_000,
    {"activity_name_vi": "Tuyển dụng", "legal_basis": "consent"},
    {
        "activity_name_en": "Recruiting",
        "purpose_vi": "Chọn ứng viên",
        "purpose_en": "Choosing candidates",
        "data_source_vi": "Hồ sơ ứng viên",
        "data_source_en": "Applications",
        "retention_period_months": 24,
        "has_automated_decision_making": True,
        "requires_dpia": True,
    },
    {
        "role": "controller_processor",
        "subject_group": "ứng viên",
        "data_subject_count": 12_000,
        "started_on": "2026-01-15",
        "consent_method": "Biểu mẫu trực tuyến",
        "sensitive_notice": True,
        "operations": "Thu thập, lưu trữ",
        "deletion_method": "Xóa sau 24 tháng",
        "security_measures_vi": "Mã hóa, phân quyền",
        "system_location": "Hà Nội",
    },
)
CATEGORY = Kind(
    "data-categories",
    "categories",
    "category_ids",
    "data_category",
    "data_category_id",
    5_000,
    {"name_vi": "Số điện thoại", "category_type": "basic"},
    {"name_en": "Phone numbers", "description_vi": "Số di động", "description_en": "Mobile numbers"},
    {"legal_code": "B15"},
)
RECIPIENT = Kind(
    "recipients",
    "recipients",
    "recipient_ids",
    "recipient",
    "recipient_id",
    5_000,
    {"name_vi": "Công ty Vận chuyển Sao Mai", "recipient_type": "processor"},
    {"name_en": "Sao Mai Logistics", "country_code": "VN", "contact": "dpo@example.vn"},
    {
        "tax_code": "0101234567-001",
        "dpo_contact": "dpo@example.vn",
        "agreement_ref": "HĐ 12/2026",
        "agreement_date": "2026-01-10",
        "service": "Giao hàng",
    },
)
TRANSFER = Kind(
    "data-transfers",
    "transfers",
    "transfer_ids",
    "data_transfer",
    "transfer_id",
    5_000,
    {"name_vi": "Sao lưu tại Singapore", "destination_country": "SG"},
    {
        "name_en": "Backup in Singapore",
        "recipient_name": "Example Cloud",
        "purpose_vi": "Sao lưu",
        "purpose_en": "Backup",
        "transfer_basis": "Hợp đồng",
        "data_subject_count": 5_000_000_000,
        "started_on": "2026-01-31",
        "dossier_filed_on": "2024-02-29",
    },
    {
        "transfer_case": 2,
        "exemption_code": "20.6.b",
        "agreement_ref": "HĐ 7/2026",
        "receiver_measures": "ISO 27001",
        "onward_transfer": "Không",
    },
)
KINDS = (ACTIVITY, CATEGORY, RECIPIENT, TRANSFER)

each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
