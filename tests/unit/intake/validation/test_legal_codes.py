"""The law's kinds of personal data: one catalogue, of which the API, mappings and pages have the same words."""

import json
from typing import get_args

from libs.contracts.files.mappings import Source
from libs.contracts.inventory.legal_codes import LegalCode
from libs.contracts.texts.console import CONSOLE
from libs.contracts.texts.legal_codes import LEGAL_CODES
from libs.files.mapping.apply import Mapper
from libs.files.mapping.proposing.fitting import known_values
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.targets import targets_of
from services.ingest.openapi.document import description


def test_each_code_has_its_words_and_they_are_everywhere() -> None:
    codes = [f"B{n:02}" for n in range(1, 24)] + [f"S{n:02}" for n in range(1, 17)]
    assert list(get_args(LegalCode)) == list(LEGAL_CODES) == codes
    described = json.loads(description("1"))["components"]["schemas"]["DataCategory"]["properties"]["legal_code"]
    for code, text in LEGAL_CODES.items():
        assert f"{code} {text.en} / {text.vi}" in described["description"]
        assert text.vi in CONSOLE[f"VALUE_{code}"].vi
    assert set(known_values("legal_code").values()) == set(codes)


def test_a_column_of_a_file_becomes_codes_by_their_names() -> None:
    cells = ("Họ và tên", "Số điện thoại", "tinh trang suc khoe", "S02", "Political opinions")
    mapping = propose(targets_of("data-categories"), [Column(0, "Loại theo Nghị định", cells)], Source())
    assert mapping.columns[0].target == "legal_code"
    records = [json.loads(Mapper(mapping, 1).apply([cell]).raw) for cell in cells]
    assert [record["legal_code"] for record in records] == ["B01", "B15", "S05", "S02", "S02"]
