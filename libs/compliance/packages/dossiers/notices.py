"""The letters that go with a dossier: Mẫu 01a and 02a when it is filed, Mẫu 03a when it has changed since."""

import datetime

from libs.compliance.packages.content import Gap, Sides
from libs.compliance.packages.dossiers.form import Form
from libs.compliance.packages.dossiers.organisation import OFFICER, Organisation
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording

OFFICER_BOXES = (
    ("OFFICER_NAME", "dpo_name"), ("OFFICER_TITLE", "dpo_title"), ("OFFICER_PHONE", "dpo_phone"),
    ("OFFICER_EMAIL", "dpo_email"),
)  # fmt: skip


def notice(
    taken: Snapshot, wording: Wording, organisation: Organisation, dossier: str, filed_on: datetime.date | None
) -> Form:
    """The letter for a dossier, `09` or `10`: of its filing, or, where it was filed, of what has changed since then."""
    if filed_on is not None:
        return _change(taken, wording, organisation, dossier, filed_on)
    number = "01a" if dossier == "09" else "02a"
    form = Form(number, wording)
    about = form.t(f"NOTICE_OF_{dossier}")
    name = _head(form, organisation, f"NOTICE_{number.upper()}", about)
    form.heading(form.t("NOTICE_1"), 2)
    _names(form, organisation, dossier)
    _organisation(form, organisation, domestic=dossier == "10")
    form.heading(form.t("NOTICE_2", dossier=about[:1].upper() + about[1:]), 2)
    form.words(form.t("NOTICE_ENCLOSED", form=wording.t(f"TITLE_MAU_{dossier}")))
    _end(form, name, about, 3)
    return form


def _change(
    taken: Snapshot, wording: Wording, organisation: Organisation, dossier: str, filed_on: datetime.date
) -> Form:
    form = Form("03a", wording)
    about = form.t(f"NOTICE_OF_{dossier}")
    name = _head(form, organisation, "NOTICE_03A", about)
    form.heading(form.t("NOTICE_1"), 2)
    form.ask("1", form.t("NAME_ONE"), organisation["name_vi"], organisation.rule)
    _organisation(form, organisation, domestic=False)
    form.heading(form.t("NOTICE_CHANGE"), 2)
    changed = taken.row("dossier_changes", since=filed_on)
    since = {name: wording.number(count) for name, count in changed.items()}
    form.fact("2", form.t("NOTICE_CHANGE_WHAT"), form.t("NOTICE_CHANGE_SINCE", date=wording.date(filed_on), **since))
    form.person()
    form.fact("2", form.t("NOTICE_CHANGE_WHY"), "")
    form.person()
    form.heading(form.t("NOTICE_DOCUMENTS"), 2)
    form.words(form.t("NOTICE_ENCLOSED", form=wording.t(f"TITLE_MAU_{dossier}")))
    _end(form, name, about, 4)
    return form


def _head(form: Form, organisation: Organisation, title: str, about: str) -> str:
    """How a letter begins; returns the name that it speaks for."""
    name = form.wording.value(organisation["name_vi"])
    t = form.t
    form.part(f"Mẫu {form.name}", f"Mẫu số {form.name}")
    left = [name.upper() or t("NOTICE_NOBODY"), "__________", t("NOTICE_NUMBER")]
    form.add(Sides(left, [t("NOTICE_COUNTRY"), t("NOTICE_MOTTO"), "__________", t("NOTICE_PLACE")]))
    form.heading(t(title, dossier=about.upper()), 0)
    form.words(t("NOTICE_TO"))
    form.words(t("NOTICE_SENDS", name=name or t("NOTICE_NOBODY"), dossier=about))
    return name or t("NOTICE_NOBODY")


def _names(form: Form, organisation: Organisation, dossier: str) -> None:
    name, short, foreign = (organisation[each] for each in ("name_vi", "name_short", "name_foreign"))
    both = " - ".join(filter(None, (name, short if dossier == "09" else foreign)))
    form.ask("1", form.t("NAME_VI" if dossier == "09" else "NAME_BOTH"), both, organisation.rule)
    if dossier == "09":
        form.fact("1", form.t("NAME_FOREIGN"), form.wording.value(foreign))


def _organisation(form: Form, organisation: Organisation, *, domestic: bool) -> None:
    t, rule = form.t, organisation.rule
    form.ask("1", t("HEAD_OFFICE"), organisation["address"], rule)
    form.fact("1", t("TRADING_OFFICE"), form.wording.value(organisation["trading_address"]))
    if domestic:
        form.fact("1", t("KIND_OF_FIRM"), Gap(t("GAP"), form.place("1")))
    form.ask("1", t("REGISTRATION"), organisation["registration"], rule)
    form.ask("1", t("I_1C"), organisation["tax_code"], rule)
    if domestic:
        form.fact("1", t("REPRESENTATIVE"), Gap(t("GAP"), form.place("1")))
    form.ask("1", t("PHONE_AND_SITE"), " - ".join(filter(None, (organisation["phone"], organisation["website"]))), rule)
    form.heading(t("OFFICER"), 2)
    for label, name in OFFICER_BOXES:
        form.ask("1", t(label), organisation[name], OFFICER)


def _end(form: Form, name: str, about: str, number: int) -> None:
    t = form.t
    form.heading(t("NOTICE_COMMITMENT", n=number), 2)
    form.words(t("NOTICE_COMMITS", name=name, dossier=about))
    form.add(Sides(t("NOTICE_COPIES").split("\n"), t("NOTICE_SIGNATURE").split("\n")))
