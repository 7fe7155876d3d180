"""Mẫu 09: what transfers across the border do to data subjects."""

import itertools
from collections.abc import Iterator
from functools import partial

from libs.compliance.packages.content import Block, Cell, Column, Rows, Table, Words
from libs.compliance.packages.dossiers.form import Form
from libs.compliance.packages.dossiers.organisation import Organisation, section_i
from libs.compliance.packages.dossiers.parties import INSTRUMENT, OUTSIDE, Row, annex, of_type, parties
from libs.compliance.packages.dossiers.processing import Counts, deleting, judgement, kinds, measures, selling, storing
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording

NAME = "09"
FACTS, SUBJECTS = "TRF-04", "TRF-07"
CASES = (1, 2, 3, 4, 5)


def mau_09(taken: Snapshot, wording: Wording, organisation: Organisation) -> Form:
    """The dossier."""
    form = Form(NAME, wording)
    counts = taken.row("dossier_activities", crossing=True)
    transfers = taken.row("dossier_transfer_counts")
    form.part("Mẫu 09", *form.t("09_TITLE").split("\n"))
    form.heading(form.t("09_A"))
    section_i(form, organisation, "09_I")
    form.heading(form.t("09_II"))
    _cases(form, taken, transfers)
    _flows(form, taken, transfers)
    kinds(form, taken, counts, crossing=True)
    storing(form, taken, counts, 4, crossing=True)
    deleting(form, taken, counts, 5, crossing=True)
    selling(form, organisation, counts, 6)
    measures(form, taken, counts, 9, crossing=True)
    _receivers(form, taken, "9.4.", "09_MEASURES_RECEIVER", transfers)
    form.words(form.t("REVIEW", n=10), form=True)
    form.person()
    form.heading(form.t("09_III"))
    judgement(form, NAME, counts)
    _receivers_judged(form)
    annex(form, taken, organisation["dpo_decision"], crossing=True)
    _part_b(form, taken, transfers)
    return form


def _cases(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Box II.1: which cases of the law there are, and whose data."""
    form.words(form.t("09_II_1_FORM"), form=True)
    form.survey("II.1", form.t("09_CASES"), counts["no_case"], counts["total"])
    form.survey("II.1", form.t("SUBJECTS_COUNT"), counts["no_subjects"], counts["total"], SUBJECTS)
    columns = [Column(form.t("09_TRANSFER"), 4), Column(form.t("SUBJECTS"), 4), Column(form.t("SUBJECTS_COUNT"), 2)]
    for case in (*CASES, 0):
        first = next(taken.some("dossier_transfers", case=case), [])
        if case:
            form.tick((form.t(f"09_CASE_{case}"), bool(first)))
        elif first:
            form.words(form.t("09_CASE_0"))
        if first:
            form.table(Table(columns), _of_case(form, taken, case))


def _of_case(form: Form, taken: Snapshot, case: int) -> Iterator[Block]:
    wording = form.wording
    for some in taken.some("dossier_transfers", case=case):
        yield Rows(
            [
                [
                    wording.name(row["name_vi"], row["name_en"]),
                    form.gap(row["groups"], "ACT-15"),
                    form.gap(
                        None if row["data_subject_count"] is None else wording.number(row["data_subject_count"]),
                        SUBJECTS,
                    ),
                ]
                for row in some
            ]
        )


def _flows(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Box II.2: every transfer."""
    form.heading(form.t("09_II_2"), 2)
    form.words(form.t("09_II_2_FORM"), form=True)
    form.survey("II.2", form.t("09_FACTS"), counts["no_facts"], counts["total"], FACTS)
    form.survey("II.2", form.t("09_BASIS"), counts["no_basis"], counts["total"], INSTRUMENT)
    names = (
        ("NUMBER", 2), ("09_TRANSFER", 4), ("SUBJECTS", 3), ("FLOW_PURPOSE", 4), ("09_SENSITIVE", 3),
        ("09_RECEIVER", 3), ("09_STARTED", 4), ("09_AFTERWARDS", 4),
    )  # fmt: skip
    form.table(Table([Column(form.t(name), share) for name, share in names]), _transfers(form, taken))
    form.person(form.t("FLOW_PICTURE"))


def _transfers(form: Form, taken: Snapshot) -> Iterator[Block]:
    number, empty = itertools.count(1), True
    for some in taken.some("dossier_transfers", case=None):
        empty = False
        yield Rows([[str(next(number)), *_transfer(form, row)] for row in some])
    if empty:
        yield Words(form.t("NOTHING"))


def _transfer(form: Form, row: Row) -> list[Cell]:
    wording = form.wording
    purpose = (row["purpose_en"] if wording.language == "en" else None) or row["purpose_vi"]
    receiver = wording.value(row["recipient_name"])
    return [
        wording.name(row["name_vi"], row["name_en"]),
        form.gap(row["groups"], "ACT-15"),
        form.gap(purpose, FACTS),
        form.t("YES" if row["sensitive"] else "NO"),
        f"{receiver} ({row['destination_country']})" if receiver else form.gap(None, FACTS),
        form.gap(row["started_on"], FACTS),
        form.gap(row["onward_transfer"], form.place("II.2")),
    ]


def _receivers(form: Form, taken: Snapshot, number: str, label: str, counts: Counts) -> None:
    """What is known of how receivers protect data."""
    form.words(f"{number} {form.t(label)}", form=True)
    form.survey(f"II.{number.rstrip('.')}", form.t(label), counts["no_measures"], counts["total"])
    columns = [Column(form.t("09_RECEIVER"), 3), Column(form.t("MEASURE"), 6)]
    form.table(Table(columns), _measures(form, taken))


def _measures(form: Form, taken: Snapshot) -> Iterator[Block]:
    empty = True
    for some in taken.some("dossier_transfers", case=None):
        empty = False
        yield Rows(
            [
                [
                    form.wording.value(row["recipient_name"] or row["name_vi"]) + f" ({row['destination_country']})",
                    form.gap(row["receiver_measures"], form.place("II.9.4")),
                ]
                for row in some
            ]
        )
    if empty:
        yield Words(form.t("NOTHING"))


def _receivers_judged(form: Form) -> None:
    """Section III.3."""
    form.heading(form.t("09_III_3"), 2)
    for name in ("09_III_3_1", "09_III_3_2", "09_III_3_3", "09_III_3_4"):
        form.words(form.t(name), form=True)
        form.person()


def _part_b(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Who transfers for the organisation, who receives, and who else has to do with it."""
    form.part("Mẫu 09 B", *form.t("09_B").split("\n"), wide=True)
    if counts["total"]:
        form.survey("B.II", form.t("PARTIES_AGREEMENT"), counts["no_agreement"], counts["total"], INSTRUMENT)
    others = partial(of_type, taken, *OUTSIDE, crossing=True)
    parties(form, "09_B_I", "09_B_I_FORM", "TRANSFER", partial(others, through=True))
    parties(form, "09_B_II", "09_B_II_FORM", "TRANSFER", partial(_receiving, taken))
    parties(form, "09_B_III", "09_B_III_FORM", "OTHER", partial(others, through=False))


def _receiving(taken: Snapshot) -> Iterator[list[Row]]:
    """Receivers of transfers, as parties; what they are beside that is known where a recipient has their name."""
    for some in taken.some("dossier_transfers", case=None):
        yield [
            {
                **row, "name_vi": row["recipient_name"] or row["name_vi"], "name_en": None, "recipient_type": "",
                "country_code": row["destination_country"], "rule": INSTRUMENT,
                "agreement_ref": row["agreement_ref"] or row["transfer_basis"],
            }
            for row in some
        ]  # fmt: skip
