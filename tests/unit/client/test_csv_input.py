"""CSV with the fields' own names becomes records; anything else is turned away, or refused a row at a time."""

from typing import Any

import pytest
from click import ClickException

from libs.client.commands.records.csv_input import csv_records
from libs.client.commands.records.input_files import is_csv

HEAD = b"external_id,activity_name_vi,legal_basis,retention_period_months,requires_dpia,data_category_ids\n"


def records(data: bytes, entity: str = "processing-activities") -> list[dict[str, Any] | bytes]:
    return list(csv_records(data.splitlines(keepends=True), entity, "a.csv"))


def test_cells_become_what_their_fields_hold() -> None:
    assert records(HEAD + b'a1,"Ch\xc4\x83m s\xc3\xb3c\nkh\xc3\xa1ch",consent,024,TRUE,"x, y;z"\n') == [
        {
            "external_id": "a1",
            "activity_name_vi": "Chăm sóc\nkhách",
            "legal_basis": "consent",
            "retention_period_months": 24,
            "requires_dpia": True,
            "data_category_ids": ["x", "y", "z"],
        }
    ]


def test_an_empty_cell_is_an_absent_member_and_a_blank_line_no_record() -> None:
    assert records(HEAD + b"a1,N,consent,, ,\n\na2,M,consent,,,\n") == [
        {"external_id": name, "activity_name_vi": letter, "legal_basis": "consent"}
        for name, letter in (("a1", "N"), ("a2", "M"))
    ]


def test_what_cannot_be_read_stays_text_for_the_server_to_refuse() -> None:
    (record,) = records(HEAD + b"a1,N,consent,two years,maybe,\n")
    assert isinstance(record, dict)
    assert (record["retention_period_months"], record["requires_dpia"]) == ("two years", "maybe")


def test_a_row_of_another_width_is_no_record_and_keeps_its_cells() -> None:
    assert records(HEAD + b"a1,N\n") == [b'["a1","N"]']


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t", b"|"])
def test_the_delimiter_is_the_one_that_gives_fields(delimiter: bytes) -> None:
    data = b"name_vi,recipient_type\nA,internal\n".replace(b",", delimiter)
    assert records(data, "recipients") == [{"name_vi": "A", "recipient_type": "internal"}]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"T\xc3\xaan,recipient_type\nA,internal\n", "sluice load"),
        (b"name_vi,name_vi\nA,B\n", "sluice load"),
        (b"", "sluice load"),
        (b"name_vi,recipient_type\n\xe9,internal\n", "not UTF-8"),
        (b'name_vi,recipient_type\nA,internal\n"B,internal\n', "from line 3 on"),
    ],
)
def test_any_other_file_is_for_the_load_command(data: bytes, says: str) -> None:
    with pytest.raises(ClickException, match=says) as caught:
        records(data, "recipients")
    assert caught.value.exit_code == 2


def test_the_name_says_what_a_file_is() -> None:
    assert all(map(is_csv, ("a.csv", "A.TSV.gz", "a.csv.zst")))
    assert not any(map(is_csv, ("a.ndjson", "-", "csv", "a.ndjson.gz")))
