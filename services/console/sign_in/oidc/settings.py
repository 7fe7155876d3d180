"""Which OpenID Connect provider people sign in with, and what its claims mean here."""

import uuid
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from libs.contracts.texts import said
from libs.intake.settings import Positive
from services.console.sign_in.roles import RoleNames


def require_issuer(url: str) -> None:
    """Raise ValueError unless this is an issuer's name: an address of http(s) without query and fragment."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(said("SETTING_OIDC_ISSUER"))


def require_tenant(text: str) -> None:
    """Raise ValueError unless this is a UUID."""
    try:
        uuid.UUID(text)
    except ValueError as error:
        raise ValueError(said("SETTING_OIDC_TENANT")) from error


Issuer: TypeAlias = Annotated[str, Meta(extra={"check": lambda url: require_issuer(url) if url else None})]
TenantId: TypeAlias = Annotated[str, Meta(extra={"check": lambda text: require_tenant(text) if text else None})]


class OidcSettings(Struct, frozen=True, kw_only=True):
    """Without an issuer nobody signs in this way."""

    oidc_issuer: Issuer = ""
    """As the provider names itself; `/.well-known/openid-configuration` below it says the rest."""
    oidc_client_id: str = ""
    """As whom the console asks; required where an issuer is set."""
    oidc_client_secret_file: str = ""
    """None for a public client, which PKCE alone protects."""
    oidc_name: str = ""
    """What the button calls it; the issuer's host where it is empty."""
    oidc_scopes: str = "openid"
    """What is asked for, so that the claims below are in the ID token."""
    oidc_subject_claim: str = "sub"
    """Under which name somebody acts, as the audit trail keeps it; `email` reads better."""
    oidc_tenant_claim: str = "tenant"
    """A UUID. A dot goes into an object: `sluice.tenant`."""
    oidc_tenant: TenantId = ""
    """The tenant of everybody, where the provider knows of none."""
    oidc_roles_claim: str = "roles"
    """A list, or a text with commas or spaces; `realm_access.roles` with Keycloak."""
    oidc_roles: RoleNames = ""
    """Roles by the provider's names for them, `staff=operate,admins=admin`; empty: names are roles."""
    oidc_seconds: Positive = 5
    """How long the provider may take for an answer."""

    def __post_init__(self) -> None:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError(said("SETTING_OIDC_CLIENT"))
