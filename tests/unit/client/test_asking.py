"""Questions: what they show, which answers they take, and that an empty one takes the careful way."""

from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner

from libs.client.commands.files import asking
from libs.client.commands.files.mapping_table import mapping_lines
from tests.unit.client.proposals import column, proposal

DOUBT = column(1, "Căn cứ theo luật", None, ("legal_basis", 0.69), ("purpose_vi", 0.6))
MAPPING = proposal(column(0, "Mã", "external_id", ("activity_id", 0.7)), DOUBT, unmapped=["legal_basis"])


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_LANG", "en")


def answered(question: Callable[[], Any], given: str) -> tuple[Any, str]:
    """The result of a question and all that was shown, with these lines typed."""
    results: list[Any] = []
    shown = CliRunner().invoke(click.Command("ask", callback=lambda: results.append(question())), input=given)
    return (results or [None])[0], shown.output


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("1\n", "legal_basis"),
        ("2\n", "purpose_vi"),
        ("0\n", None),
        ("\n", None),
        ("data_source_vi\n", "data_source_vi"),
    ],
)
def test_a_doubtful_column_is_chosen_by_number_by_name_or_left_out(given: str, target: str | None) -> None:
    assert answered(lambda: asking.decide(MAPPING, [DOUBT]), given)[0] == {1: target}


def test_an_unknown_field_is_asked_for_again_with_names_that_are_near() -> None:
    result, shown = answered(lambda: asking.ask_field(MAPPING, DOUBT), "legal_bases\n9\nlegal_basis\n")
    assert result == "legal_basis"
    assert "Take one of: legal_basis" in shown


def test_a_field_is_offered_once() -> None:
    twice = [DOUBT, column(2, "Cơ sở theo luật", None, ("legal_basis", 0.68))]
    result, shown = answered(lambda: asking.decide(proposal(*twice), twice), "1\n0\n")
    assert result == {1: "legal_basis", 2: None}
    assert shown.count("legal_basis (") == 1


def test_a_column_that_is_changed_keeps_its_field_by_an_empty_answer() -> None:
    assert answered(lambda: asking.ask_field(MAPPING, MAPPING.columns[0]), "\n")[0] == "external_id"
    assert answered(lambda: asking.ask_field(MAPPING, MAPPING.columns[0]), "0\n")[0] is None


@pytest.mark.parametrize(
    ("given", "result"),
    [("2\n", (None, "vital_interests")), ("contract\n", (None, "contract")), ("#2\n", (1, None))],
)
def test_a_field_that_is_missing_takes_a_value_or_a_column(given: str, result: tuple[int | None, str | None]) -> None:
    assert answered(lambda: asking.ask_missing(MAPPING, "legal_basis"), given)[0] == result


def test_a_value_that_the_field_cannot_have_is_asked_for_again() -> None:
    result, shown = answered(lambda: asking.ask_missing(MAPPING, "legal_basis"), "\nhop dong\n#9\n1\n")
    assert result == (None, "consent")
    assert shown.count("cannot have this value") == 3


@pytest.mark.parametrize(("given", "result"), [("\n", True), ("Y\n", True), ("no\n", False), ("x\nn\n", False)])
def test_a_mapping_is_agreed_to_or_not(given: str, result: bool) -> None:
    assert answered(lambda: asking.ask_to_load(MAPPING), given)[0] is result


def test_one_of_its_columns_may_be_changed_instead() -> None:
    assert answered(lambda: asking.ask_to_load(MAPPING), "2\n")[0] == DOUBT


def test_the_end_of_the_input_ends_the_questions() -> None:
    assert answered(lambda: asking.ask_to_load(MAPPING), "")[0] is None


def test_a_mapping_is_a_table_with_what_else_may_be_below() -> None:
    lines = list(mapping_lines(proposal(*MAPPING.columns, constants={"requires_dpia": True}, unmapped=["legal_basis"])))

    assert [line.split() for line in lines] == [
        ["#", "column", "field", "sure", "why"],
        ["1", "Mã", "external_id", "95%", "known", "word"],
        ["or", "activity_id", "70%"],
        ["2", "Căn", "cứ", "theo", "luật", "-"],
        ["perhaps", "legal_basis", "69%,", "purpose_vi", "60%"],
        ["In", "all", "rows:", "requires_dpia", "=", "true"],
        ["Every", "record", "needs:", "legal_basis"],
    ]


def test_a_name_out_of_a_file_cannot_steer_the_terminal() -> None:
    assert not any("\x1b" in line for line in mapping_lines(proposal(column(0, "\x1b[2J"))))
