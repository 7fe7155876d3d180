"""Roles, as providers of identity know people by them, and the scopes that each gives."""

import enum
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

from msgspec import Meta

from libs.contracts.texts import said
from services.console.sign_in.rights import Right


class Role(enum.StrEnum):
    """What somebody is here for; one may have several."""

    VIEW = "view"
    OPERATE = "operate"
    """Send, load, cancel, retry."""
    REJECTS = "rejects"
    """See the values of records. No other role includes it: whoever repairs the system need not read personal data."""
    ADMIN = "admin"
    """Everything else, and what concerns no tenant."""


_VIEW = frozenset({Right.VIEW.value})
_OPERATE = _VIEW | {Right.OPERATE.value, "ingest:write"}
SCOPES: Mapping[Role, frozenset[str]] = {
    Role.VIEW: _VIEW,
    Role.OPERATE: _OPERATE,
    Role.REJECTS: _VIEW | {Right.REJECTS.value, Right.INVENTORY.value},
    Role.ADMIN: _OPERATE | {Right.WATCH_SYSTEM.value, Right.ADMIN.value},
}


def read_roles(text: str) -> dict[str, Role]:
    """Roles by the names that others have for them, from `sluice-admins=admin, sluice-staff=operate`.

    Raises ValueError where it is written otherwise. Where it is empty, the names are those of the roles.
    """
    if not text.strip():
        return {role.value: role for role in Role}
    pairs = [part.rpartition("=") for part in text.split(",")]
    try:
        found = {name.strip(): Role(role.strip()) for name, _, role in pairs}
    except ValueError:
        found = {"": Role.VIEW}
    if "" in found:
        raise ValueError(said("SETTING_ROLES", known=", ".join(Role)))
    return found


RoleNames: TypeAlias = Annotated[str, Meta(extra={"check": read_roles})]
"""A setting, checked when it is read."""


def scopes_of(names: Iterable[str], roles: Mapping[str, Role]) -> frozenset[str]:
    """The scopes of somebody with the roles of these names; names of no role give none."""
    return frozenset(scope for name in names if name in roles for scope in SCOPES[roles[name]])
