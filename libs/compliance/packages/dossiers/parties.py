"""Who else is concerned: part B of both dossiers, from recipients and transfers, and the annex of their agreements."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from libs.compliance.packages.content import Block, Cell, Column, Rows, Table, Words
from libs.compliance.packages.dossiers.form import Form
from libs.compliance.packages.plain import plain
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording

AGREEMENT, CONTACT, INSTRUMENT = "REC-04", "REC-01", "TRF-05"
CONTROLLERS, PROCESSORS = ("controller", "controller_processor"), ("processor",)
THIRD_PARTIES = ("third_party", "public_authority")
OUTSIDE = (*CONTROLLERS, *PROCESSORS, *THIRD_PARTIES)
Row = dict[str, Any]
MOST_ANNEXES = 500


def parties(form: Form, heading: str, about: str, agreement: str, rows: Callable[[], Iterator[list[Row]]]) -> None:
    """One table of part B; `agreement` is what its contracts are about."""
    t = form.t
    columns = [
        Column(t("NUMBER"), 2), Column(t("PARTY_NAME"), 4), Column(t("PARTY_TAX_CODE"), 2), Column(t("PARTY_DPO"), 4),
        Column(t(f"PARTY_AGREEMENT_{agreement}"), 4), Column(t("PARTY_SERVICE"), 3), Column(t("PARTY_NOTE"), 3),
    ]  # fmt: skip
    form.heading(t(heading), 2)
    form.words(t(about), form=True)
    form.table(Table(columns), _rows(form, rows))


def of_type(taken: Snapshot, *types: str, crossing: bool = False, through: bool | None = None) -> Iterator[list[Row]]:
    """Recipients of some types; those of transfers alone, where that is wanted."""
    return taken.some("dossier_parties", types=list(types), crossing=crossing, through=through)


def _rows(form: Form, rows: Callable[[], Iterator[list[Row]]]) -> Iterator[Block]:
    number = itertools.count(1)
    empty = True
    for some in rows():
        empty = False
        yield Rows([[str(next(number)), *_party(form, row)] for row in some])
    if empty:
        yield Words(form.t("NOTHING"))


def _party(form: Form, row: Row) -> list[Cell]:
    asked = row["recipient_type"] != "public_authority"
    wording = form.wording
    return [
        wording.name(row["name_vi"], row["name_en"]),
        wording.value(row["tax_code"]),
        form.gap(row["dpo_contact"] or row["contact"], CONTACT) if asked else wording.value(row["contact"]),
        form.gap(agreement_of(wording, row), row.get("rule", AGREEMENT)) if asked else agreement_of(wording, row),
        wording.value(row["service"]),
        note_of(wording, row),
    ]


def agreement_of(wording: Wording, row: Row) -> str:
    """An agreement's number and date."""
    return ", ".join(filter(None, (wording.value(row["agreement_ref"]), wording.value(row["agreement_date"]))))


def note_of(wording: Wording, row: Row) -> str:
    """What kind of party it is, and where."""
    country = wording.t("PARTY_COUNTRY", country=row["country_code"]) if row["country_code"] else ""
    return "\n".join(filter(None, (wording.coded(row["recipient_type"]), country)))


def survey_parties(form: Form, number: str, counts: Row) -> None:
    """What parties leave unsaid, of all that the law asks it of."""
    if counts["total"]:
        form.survey(number, form.t("PARTIES_AGREEMENT"), counts["no_agreement"], counts["total"], AGREEMENT)
        form.survey(number, form.t("PARTIES_CONTACT"), counts["no_contact"], counts["total"], CONTACT)


def annex(form: Form, taken: Snapshot, decision: str | None, *, crossing: bool) -> None:
    """Section IV: what is known to go with the dossier."""
    form.heading(form.t("IV"), 1)
    if decision:
        form.words(plain(decision))
    form.add(_agreements(form, taken, crossing=crossing))
    form.person(form.t("ANNEX_PERSON"))


def _agreements(form: Form, taken: Snapshot, *, crossing: bool) -> Iterator[Block]:
    with_one = (row for some in of_type(taken, *OUTSIDE, crossing=crossing) for row in some if row["agreement_ref"])
    wording = form.wording
    for row in itertools.islice(with_one, MOST_ANNEXES):
        name = wording.name(row["name_vi"], row["name_en"])
        yield Words("- " + form.t("ANNEX_AGREEMENT", ref=agreement_of(wording, row), name=name))
