"""Mẫu 10: what processing does to data subjects."""

import itertools
from collections.abc import Iterator
from functools import partial

from libs.compliance.packages.content import Block, Cell, Column, Rows, Table, Words
from libs.compliance.packages.dossiers.form import Form
from libs.compliance.packages.dossiers.organisation import Organisation, section_i
from libs.compliance.packages.dossiers.parties import (
    CONTROLLERS,
    PROCESSORS,
    THIRD_PARTIES,
    annex,
    of_type,
    parties,
    survey_parties,
)
from libs.compliance.packages.dossiers.processing import Counts, deleting, judgement, kinds, measures, selling, storing
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording

NAME = "10"
SUBJECTS, PURPOSE, LINKED, CONSENT = "ACT-15", "ACT-01", "ACT-02", "ACT-14"
ROLES = {
    "controller": ("controller", "controller_processor"),
    "processor": ("processor",),
    "third_party": ("third_party",),
}


def mau_10(taken: Snapshot, wording: Wording, organisation: Organisation) -> Form:
    """The dossier."""
    form = Form(NAME, wording)
    counts = taken.row("dossier_activities", crossing=False)
    form.part("Mẫu 10", *form.t("10_TITLE").split("\n"))
    form.heading(form.t("10_A"))
    section_i(form, organisation, "10_I")
    form.heading(form.t("10_II"))
    _roles(form, taken, counts)
    _flows(form, taken, counts)
    kinds(form, taken, counts, crossing=False)
    _consent(form, taken, counts)
    storing(form, taken, counts, 5, crossing=False)
    deleting(form, taken, counts, 6, crossing=False)
    selling(form, organisation, counts, 7)
    form.choice("II.10", form.t("10_II_10"), taken.row("dossier_abroad")["abroad"])
    measures(form, taken, counts, 11, crossing=False)
    form.words(form.t("REVIEW", n=12), form=True)
    form.person()
    form.heading(form.t("10_III"))
    judgement(form, NAME, counts)
    annex(form, taken, organisation["dpo_decision"], crossing=False)
    _part_b(form, taken)
    return form


def _roles(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Box II.1: whose data, in which role."""
    form.heading(form.t("10_II_1"), 2)
    form.words(form.t("10_II_1_FORM"), form=True)
    form.survey("II.1", form.t("ROLE_NONE"), counts["no_role"], counts["total"])
    form.survey("II.1", form.t("SUBJECTS"), counts["no_subjects"], counts["total"], SUBJECTS)
    found = taken.rows("dossier_subjects")
    for number, role in enumerate((*ROLES, None), 1):
        rows = [row for row in found if row["role"] == role]
        if role is not None:
            form.tick((f"1.{number}. {form.t(f'ROLE_{role.upper()}')}", bool(rows)))
        elif rows:
            form.words(form.t("ROLE_NONE"))
        if rows:
            form.add(
                Table(
                    [
                        Column(form.t("SUBJECTS"), 5),
                        Column(form.t("SUBJECTS_COUNT"), 2),
                        Column(form.t("SUBJECTS_ACTIVITIES"), 1),
                    ]
                )
            )
            form.add(Rows([_subjects(form, row) for row in rows]))
    form.words(form.t("SUBJECTS_HOW"), form=True)


def _subjects(form: Form, row: Counts) -> list[Cell]:
    count = None if row["subjects"] is None else form.wording.number(row["subjects"])
    return [form.wording.value(row["subject_group"]), form.gap(count, SUBJECTS), form.wording.number(row["activities"])]


def _flows(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Box II.2: every activity, under its role."""
    form.heading(form.t("10_II_2"), 2)
    form.words(form.t("10_II_2_FORM"), form=True)
    form.survey("II.2", form.t("FLOW_PURPOSE"), counts["no_purpose"], counts["total"], PURPOSE)
    form.survey("II.2", form.t("FLOW_OPERATIONS"), counts["no_operations"], counts["total"])
    t = form.t
    columns = [
        Column(t("NUMBER"), 2), Column(t("FLOW_ACTIVITY"), 4), Column(t("SUBJECTS"), 3), Column(t("FLOW_PURPOSE"), 4),
        Column(t("FLOW_BASIC"), 4), Column(t("FLOW_SENSITIVE"), 4), Column(t("FLOW_OPERATIONS"), 4),
    ]  # fmt: skip
    for number, (role, names) in enumerate({**ROLES, "none": ("",)}.items(), 1):
        if role == "none" and not counts["no_role"]:
            continue
        form.heading(f"2.{number}. {t(f'ROLE_{role.upper()}')}", 2)
        form.table(Table(columns), _activities(form, taken, names))
    form.person(t("FLOW_PICTURE"))


def _activities(form: Form, taken: Snapshot, roles: tuple[str, ...]) -> Iterator[Block]:
    number, empty = itertools.count(1), True
    for some in taken.some("dossier_flows", roles=list(roles), english=form.wording.language == "en"):
        empty = False
        yield Rows([[str(next(number)), *_activity(form, row)] for row in some])
    if empty:
        yield Words(form.t("NOTHING"))


def _activity(form: Form, row: Counts) -> list[Cell]:
    wording = form.wording
    english = wording.language == "en"
    purpose = (row["purpose_en"] if english else None) or row["purpose_vi"]
    done = "\n".join(filter(None, (wording.value(row["operations"]), wording.value(row["system_location"]))))
    kinds_known = row["basic"] or row["sensitive"]
    return [
        wording.name(row["activity_name_vi"], row["activity_name_en"]),
        form.gap(row["subject_group"], SUBJECTS),
        form.gap(purpose, PURPOSE),
        wording.value(row["basic"]) if kinds_known else form.gap(None, LINKED),
        wording.value(row["sensitive"]),
        form.gap(done, form.place("II.2")),
    ]


def _consent(form: Form, taken: Snapshot, counts: Counts) -> None:
    """Box II.4: how people agree."""
    form.heading(form.t("10_II_4"), 2)
    if not counts["by_consent"]:
        form.words(form.t("10_CONSENT_NONE"))
        return
    form.survey("II.4", form.t("10_CONSENT"), counts["no_consent"], counts["by_consent"], CONSENT)
    names = (("NUMBER", 2), ("FLOW_ACTIVITY", 4), ("SUBJECTS", 3), ("10_CONSENT", 5), ("10_CONSENT_SENSITIVE", 2))
    form.table(Table([Column(form.t(name), share) for name, share in names]), _consents(form, taken))


def _consents(form: Form, taken: Snapshot) -> Iterator[Block]:
    number = itertools.count(1)
    for some in taken.some("dossier_consents"):
        yield Rows(
            [
                [
                    str(next(number)),
                    form.wording.name(row["activity_name_vi"], row["activity_name_en"]),
                    form.gap(row["subject_group"], SUBJECTS),
                    form.gap(row["consent_method"], CONSENT),
                    form.gap(row["sensitive_notice"] or None, CONSENT) if row["sensitive"] else "",
                ]
                for row in some
            ]
        )


def _part_b(form: Form, taken: Snapshot) -> None:
    form.part("Mẫu 10 B", *form.t("10_B").split("\n"), wide=True)
    survey_parties(form, "B", taken.row("dossier_lacking_parties"))
    for section, types in (("I", CONTROLLERS), ("II", PROCESSORS), ("III", THIRD_PARTIES)):
        parties(form, f"10_B_{section}", "10_B_FORM", "PROCESSING", partial(of_type, taken, *types))
