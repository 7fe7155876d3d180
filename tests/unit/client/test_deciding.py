"""What of a proposed mapping a person is asked about, and what may be answered."""

import pytest

from libs.client.files.deciding import choices, doubtful, fields_of, value_from, values_of
from tests.unit.client.proposals import column, proposal

ACTIVITIES = "processing-activities"


def test_a_column_that_is_like_a_field_is_doubtful_until_somebody_has_decided() -> None:
    asked = column(1, "Căn cứ theo luật", None, ("legal_basis", 0.69))
    others = [
        column(0, "Mã", "external_id", ("activity_id", 0.9)),
        column(2, "Phòng ban"),
        column(3, "Ghi chú", None, ("purpose_vi", 0.3)),
        column(4, "Căn cứ", None, ("legal_basis", 0.6), by="person"),
        column(5, "Mã số", None, ("external_id", 0.95)),
        column(6, "Mục đích", None, ("purpose_vi", 0.9), by="history"),
    ]
    assert doubtful(proposal(asked, *others)) == [asked]


def test_a_field_that_another_column_gives_is_no_choice() -> None:
    mapping = proposal(
        column(0, "Mã", "external_id", ("activity_id", 0.9), ("purpose_vi", 0.8)), column(1, "Ý", "purpose_vi")
    )
    assert [other.target for other in choices(mapping, mapping.columns[0])] == ["activity_id"]


def test_what_a_column_may_become_are_the_fields_or_the_other_files_columns() -> None:
    assert {"external_id", "legal_basis", "recipient_external_ids"} <= set(fields_of(proposal()))
    assert fields_of(proposal(entity=None, targets=["Tên", "Mã"])) == ["Tên", "Mã"]


def test_values_are_read_as_their_field_holds_them() -> None:
    assert "consent" in values_of(ACTIVITIES, "legal_basis")
    assert values_of(ACTIVITIES, "activity_name_vi") == ()
    assert value_from(ACTIVITIES, "activity_name_vi", "Chăm sóc") == "Chăm sóc"
    assert value_from(ACTIVITIES, "retention_period_months", "24") == 24
    assert value_from(ACTIVITIES, "requires_dpia", "true") is True


@pytest.mark.parametrize(
    ("field", "text"), [("legal_basis", "hợp đồng"), ("activity_name_vi", ""), ("retention_period_months", "9999")]
)
def test_a_value_that_the_field_cannot_have_is_refused(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=field):
        value_from(ACTIVITIES, field, text)
