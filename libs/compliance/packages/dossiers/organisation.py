"""Who files: section I of both dossiers."""

from typing import Any

from libs.compliance.packages.content import Gap, Words
from libs.compliance.packages.dossiers.form import Form

ABSENT = "ORG-04"
"""The rule that asks for the organisation as a whole; where it is described, the form itself asks for what it lacks."""
OFFICER = "ORG-01"
BOXES = (
    ("1", "I_1", "name_vi"),
    ("1a", "I_1A", "name_foreign"),
    ("1b", "I_1B", "name_short"),
    ("1c", "I_1C", "tax_code"),
    ("2", "I_2", "address"),
    ("3", "I_3", "phone"),
    ("4", "I_4", "business_lines"),
    ("5", "I_5", "branches"),
    ("6", "I_6", "email"),
    ("7", "I_7", "website"),
)
OPTIONAL = ("name_foreign", "name_short", "website")
"""An organisation need not have them."""
OUTSIDE = (("DPO_ORGANISATION", "dpo_name"), ("DPO_PHONE", "dpo_phone"), ("DPO_EMAIL", "dpo_email"))
UNIT = (
    ("DPO_UNIT", "dpo_name"), ("DPO_UNIT_PHONE", "dpo_phone"), ("DPO_UNIT_EMAIL", "dpo_email"),
    ("DPO_TITLE", "dpo_title"), ("DPO_DECISION", "dpo_decision"),
)  # fmt: skip
OFFICER_BOXES = (
    ("DPO_NAME", "dpo_name"), ("DPO_TITLE", "dpo_title"), ("DPO_MOBILE", "dpo_phone"),
    ("DPO_PERSONAL_EMAIL", "dpo_email"), ("DPO_DECISION", "dpo_decision"),
)  # fmt: skip


class Organisation:
    """What is known of the tenant; nothing where nobody has described it."""

    def __init__(self, row: dict[str, Any] | None) -> None:
        self._row = row or {}
        self.rule = "" if row else ABSENT
        """What asks for a fact that is not there; empty for the form itself."""

    def __getitem__(self, name: str) -> Any:
        return self._row.get(name)


def section_i(form: Form, organisation: Organisation, heading: str) -> None:
    """Section I."""
    form.heading(form.t(heading), 1)
    for number, label, name in BOXES:
        if name in OPTIONAL:
            form.fact(f"I.{number}", form.t(label), form.wording.value(organisation[name]))
        else:
            form.ask(f"I.{number}", form.t(label), organisation[name], organisation.rule)
    _officer(form, organisation)


def _officer(form: Form, organisation: Organisation) -> None:
    form.heading(form.t("I_8"), 2)
    kind = organisation["dpo_kind"] if organisation["dpo_name"] else None
    form.heading(form.t("I_8_1"), 2)
    if kind == "service":
        _boxes(form, organisation, "I.8.1", OUTSIDE)
        form.person(form.t("DPO_REPRESENTATIVE"))
    else:
        _none(form, organisation, "I.8.1", "DPO_ORGANISATION")
    form.heading(form.t("I_8_2"), 2)
    _none(form, organisation, "I.8.2", "DPO_PERSON")
    form.heading(form.t("I_8_3"), 2)
    if organisation["exempt_claimed"]:
        form.add(Words(form.t("DPO_EXEMPT")))
    if kind == "service":
        form.words(form.t("NOTHING"))
    elif kind == "unit":
        _boxes(form, organisation, "I.8.3", UNIT)
    elif organisation["dpo_name"] or not organisation["exempt_claimed"]:
        _boxes(form, organisation, "I.8.3", OFFICER_BOXES)


def _none(form: Form, organisation: Organisation, number: str, label: str) -> None:
    """Nobody of this kind, or nobody knows: box I.8.3 counts for all of them."""
    if organisation["dpo_name"] or organisation["exempt_claimed"]:
        form.words(form.t("NOTHING"))
    else:
        form.fact(number, form.t(label), Gap(form.t("GAP"), OFFICER))


def _boxes(form: Form, organisation: Organisation, number: str, boxes: tuple[tuple[str, str], ...]) -> None:
    for label, name in boxes:
        form.ask(number, form.t(label), organisation[name], OFFICER)
