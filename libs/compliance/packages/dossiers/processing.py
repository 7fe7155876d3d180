"""What is done with data: the boxes of section II that both dossiers have, under numbers of their own."""

from typing import Any

from libs.compliance.packages.content import Column, Rows, Table
from libs.compliance.packages.dossiers.form import Form
from libs.compliance.packages.dossiers.organisation import Organisation
from libs.compliance.packages.reading import Snapshot
from libs.contracts.texts.legal_codes import LEGAL_CODES

CODES, LINKED, RETENTION, MEASURES = "CAT-04", "ACT-02", "ACT-03", "ACT-16"
SERVICES = 9
Counts = dict[str, Any]


def kinds(form: Form, taken: Snapshot, counts: Counts, *, crossing: bool) -> None:
    """Box 3: which kinds of data, by the boxes of the law."""
    found = taken.rows("dossier_codes", crossing=crossing)
    used = {row["legal_code"] for row in found if row["legal_code"]}
    categories = sum(row["categories"] for row in found)
    without = sum(row["categories"] for row in found if not row["legal_code"])
    form.heading(form.t("KINDS"), 2)
    for label, letter in (("KINDS_BASIC_TOTAL", "B"), ("KINDS_SENSITIVE_TOTAL", "S")):
        form.fact("II.3", form.t(label), str(sum(code.startswith(letter) for code in used)))
    form.survey("II.3", form.t("KINDS_CODES"), without, categories, CODES if categories else LINKED)
    form.survey("II.3", form.t("KINDS_LINKED"), counts["no_category"], counts["total"], LINKED)
    for label, letter in (("KINDS_BASIC", "B"), ("KINDS_SENSITIVE", "S")):
        form.words(form.t(label), form=True)
        form.tick(*((_said(form, code), code in used) for code in LEGAL_CODES if code.startswith(letter)))


def _said(form: Form, code: str) -> str:
    text = LEGAL_CODES[code]
    return text.vi if form.wording.language == "vi" else text.en


def storing(form: Form, taken: Snapshot, counts: Counts, number: int, *, crossing: bool) -> None:
    """How long data is kept."""
    form.heading(form.t("STORING", n=number), 2)
    form.survey(f"II.{number}", form.t("STORING_PERIOD"), counts["no_retention"], counts["total"], RETENTION)
    rows = taken.rows("dossier_retention", crossing=crossing)
    said = [form.t("STORING_MONTHS", n=row["value"]) for row in rows]
    _by_activities(form, "STORING_PERIOD", said, rows)


def deleting(form: Form, taken: Snapshot, counts: Counts, number: int, *, crossing: bool) -> None:
    """How data is deleted."""
    form.heading(form.t("DELETING", n=number), 2)
    form.survey(f"II.{number}", form.t("DELETING_HOW"), counts["no_deletion"], counts["total"], RETENTION)
    rows = taken.rows("dossier_deletion", crossing=crossing)
    _by_activities(form, "DELETING_HOW", [form.wording.value(row["value"]) for row in rows], rows)


def selling(form: Form, organisation: Organisation, counts: Counts, number: int) -> None:
    """Three boxes from this number on: handing over, the data exchange, services."""
    rule = organisation.rule
    form.choice(f"II.{number}", form.t("HANDING"), bool(counts["handed_over"]) if counts["total"] else None)
    form.choice(f"II.{number}", form.t("HANDING_FEE"), organisation["transfers_for_fee"], rule)
    form.choice(f"II.{number + 1}", form.t("EXCHANGE"), organisation["on_data_exchange"], rule)
    form.choice(f"II.{number + 2}", form.t("SELLING"), organisation["sells_processing"], rule)
    form.words(form.t("SELLING_WHICH"))
    named = set(organisation["processing_services"] or ())
    form.tick(*((form.t(f"SERVICE_{n}"), str(n) in named) for n in range(1, SERVICES + 1)))
    if others := sorted(named - {str(n) for n in range(1, SERVICES + 1)}):
        form.words(form.wording.listed(others))


def measures(form: Form, taken: Snapshot, counts: Counts, number: int, *, crossing: bool) -> None:
    """What protects data, as far as activities say it; the rest is for a person."""
    form.heading(form.t("MEASURES", n=number), 2)
    form.words(f"{number}.1. {form.t('MEASURES_PLAN')}", form=True)
    form.person()
    form.words(f"{number}.2. {form.t('MEASURES_TAKEN')}", form=True)
    form.survey(f"II.{number}.2", form.t("MEASURE"), counts["no_measures"], counts["total"], MEASURES)
    rows = taken.rows("dossier_measures", crossing=crossing)
    _by_activities(form, "MEASURE", [form.wording.value(row["value"]) for row in rows], rows)
    form.person(form.t("FLOW_PICTURE"))
    form.words(f"{number}.3. {form.t('MEASURES_TESTED')}", form=True)
    form.person()


def _by_activities(form: Form, label: str, said: list[str], rows: list[Counts]) -> None:
    if said:
        form.add(Table([Column(form.t(label), 5), Column(form.t("SUBJECTS_ACTIVITIES"), 1)]))
        counted = (form.wording.number(row["activities"]) for row in rows)
        form.add(Rows([[text, count] for text, count in zip(said, counted, strict=True)]))


MANY, MANY_SENSITIVE = 100_000, 10_000
"""Data subjects: above them section III.2.3 is asked for."""


def judgement(form: Form, letter: str, counts: Counts) -> None:
    """Sections III.1 and III.2, which a person writes."""
    for name in ("III_1", "III_2"):
        form.words(form.t(f"{letter}_{name}"), form=True)
        if name == "III_1":
            form.person()
    for name in ("III_2_1", "III_2_2", "III_2_3"):
        form.words(form.t(f"{letter}_{name}"), form=True)
        if name == "III_2_3":
            form.words(_security(form, counts))
        form.person(f"{form.t('PERSON')}\n{form.t('ASPECTS')}")


def _security(form: Form, counts: Counts) -> str:
    most, sensitive = counts["most_subjects"], counts["most_sensitive"]
    if most > MANY or sensitive > MANY_SENSITIVE:
        number = form.wording.number
        return form.t("SECURITY_NEEDED", count=number(most), sensitive=number(sensitive))
    return form.t("SECURITY_NOT_SEEN")
