"""A whole dossier: how complete it is, its letter, and the form itself."""

import itertools
from collections.abc import Iterator
from typing import Literal

from libs.compliance.packages.content import Block
from libs.compliance.packages.dossiers.cover import cover
from libs.compliance.packages.dossiers.form import completeness
from libs.compliance.packages.dossiers.mau_09 import mau_09
from libs.compliance.packages.dossiers.mau_10 import mau_10
from libs.compliance.packages.dossiers.notices import notice
from libs.compliance.packages.dossiers.organisation import Organisation
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording
from libs.contracts.tasks.types.package import Completeness

FORMS = {"mau-09": ("09", mau_09, "transfer_filed_on"), "mau-10": ("10", mau_10, "impact_filed_on")}
"""By package: its number, the form, and what says when it was filed."""


def dossier(
    taken: Snapshot, wording: Wording, package: Literal["mau-09", "mau-10"], made_on: str
) -> tuple[Iterator[Block], Completeness]:
    """What it says, and how complete it is. Rows are read as they are wanted."""
    number, form_of, filed = FORMS[package]
    organisation = Organisation(next(iter(taken.rows("dossier_organisation")), None))
    form = form_of(taken, wording, organisation)
    letter = notice(taken, wording, organisation, number, organisation[filed])
    found = completeness(form, letter)
    front = cover(wording, wording.t(f"TITLE_MAU_{number}"), made_on, found)
    return itertools.chain(front, letter, form), found
