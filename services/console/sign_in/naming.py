"""From what others say of a person to who that is here: the same `Caller` that a token gives."""

import uuid
from collections.abc import Collection, Mapping

from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.identity.callers import LATEST, Caller, caller_of
from services.console.sign_in.roles import Role, scopes_of

LONGEST_LIST = 8_192
"""Characters of the names of somebody's roles."""


class Told(Struct, frozen=True):
    """A value, and the claim or the header that it stands in."""

    place: str
    value: object


def caller_named(subject: Told, tenant: Told, names: Collection[str], roles: Mapping[str, Role]) -> Caller:
    """The person of this subject and tenant, with the roles of these names.

    Raises Refusal, which says where what is told is missing or of no use.
    """
    _require(subject, {"sub": subject.value})
    _require(tenant, {"tenant": tenant.value})
    scopes = scopes_of(names, roles)
    if not scopes:
        raise Refusal("ROLE_UNKNOWN", roles=", ".join(roles))
    return caller_of({"sub": subject.value, "tenant": tenant.value, "scope": " ".join(sorted(scopes)), "exp": LATEST})


def _require(told: Told, claim: Mapping[str, object]) -> None:
    try:
        caller_of({"sub": "somebody", "tenant": str(uuid.UUID(int=0)), "exp": LATEST, **claim})
    except (ValueError, TypeError, AttributeError) as error:
        raise Refusal("IDENTITY_UNUSABLE", place=told.place) from error


def names_in(value: object) -> list[str]:
    """The names in a claim or a header: a list, or a text with commas, or one with spaces."""
    if isinstance(value, str) and len(value) <= LONGEST_LIST:
        return [name.strip() for name in value.split("," if "," in value else None)]
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
