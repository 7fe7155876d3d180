"""Encodings and dialects, on files as offices have them."""

import unicodedata

import pytest

from libs.files.mapping.words import folded
from libs.files.sniffing.dialect import layout_of
from libs.files.sniffing.encoding import Encoding, encoding_of
from tests.root import ROOT

MADE = ROOT / "tests" / "samples" / "files" / "made"
TEXT = (MADE / "enc_utf-8.csv").read_text()
VNI = "Caên cöù phaùp lyù; hôïp ñoàng; Hoaït ñoäng xöû lyù döõ lieäu; khaùch haøng; ngöôøi ñöôïc".encode("cp1252")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enc_utf-8.csv", Encoding("utf-8")),
        ("enc_utf-8-sig.csv", Encoding("utf-8", 3)),
        ("enc_utf-8_NFD.csv", Encoding("utf-8")),
        ("enc_utf-16le.csv", Encoding("utf-16-le")),
        ("enc_utf-16le+bom.csv", Encoding("utf-16-le", 2)),
        ("enc_cp1258.csv", Encoding("cp1258")),
        ("enc_tcvn3.csv", Encoding("tcvn3", certain=False)),
    ],
)
def test_seven_encodings_of_one_table(name: str, expected: Encoding) -> None:
    data = (MADE / name).read_bytes()
    found = encoding_of(data, whole=True)
    assert found == expected
    text = data[found.mark :].decode(found.name)
    assert unicodedata.normalize("NFC", text) == TEXT
    assert layout_of(text).delimiter == ";"


@pytest.mark.parametrize("name", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_says_what_a_text_is(name: str) -> None:
    mark = "\ufeff".encode(name)
    assert encoding_of(mark + TEXT.encode(name)) == Encoding(name, len(mark))


def test_marks_without_end_cost_what_they_weigh() -> None:
    """Sorting a run of 100,000 marks would take the interpreter for 14 seconds: such a text is looked at as it is."""
    assert encoding_of(("a" + "\u0315\u0300" * 50_000).encode("utf-16-le")).name != ""
    assert len(folded("a" + "\u0315\u0300" * 50_000)) > 0


def test_vni_is_told_by_what_it_spells() -> None:
    assert encoding_of(VNI) == Encoding("vni", certain=False)
    assert VNI.decode("vni") == "Căn cứ pháp lý; hợp đồng; Hoạt động xử lý dữ liệu; khách hàng; người được"


def test_an_encoding_that_was_guessed_has_the_name_that_readers_know() -> None:
    guessed = b"a\0,\0b\0\n\xc4\r\0\0\xd8"
    assert encoding_of(guessed, whole=True) == Encoding("utf-16-be", certain=False)


def test_a_line_in_another_encoding_does_not_make_the_file_another() -> None:
    assert encoding_of((MADE / "bad.csv").read_bytes(), whole=True) == Encoding("utf-8")


def test_a_character_that_the_sample_cuts_is_no_damage() -> None:
    assert encoding_of("tên tê".encode()[:-1]) == Encoding("utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["a", "b b", "c"], ["1", "2,5", "x: y"], ["2", "3,5", "z"]))
    quoted = text if delimiter != "," else text.replace("2,5", '"2,5"').replace("3,5", '"3,5"')
    assert layout_of(quoted).header == ["a", "b b", "c"]


def test_titles_stand_above_the_header() -> None:
    found = layout_of("SỔ ĐĂNG KÝ,,,\nCông ty A,,,\nmã,tên,loại,ghi chú\n1,a,b,c\n2,a,b,c\n")
    assert (found.header_row, found.header) == (3, ["mã", "tên", "loại", "ghi chú"])
