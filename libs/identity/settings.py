"""Whose tokens count: settings of every service that takes them."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.contracts.texts import said


class TokenSettings(Struct, frozen=True, kw_only=True):
    """Keys and claims that a token must have."""

    token_secret_file: str = ""
    """HS256: a file with the shared secret."""
    jwks_file: str = ""
    """RS256, ES256, EdDSA: a file with the issuer's public keys; read again when it changes."""
    jwks_url: str = ""
    """The same behind a URL; fetched every five minutes, and kept while it is away."""
    token_issuer: str = "sluice"  # noqa: S105 -- a name
    """What `iss` of a token must be."""
    token_audience: str = "sluice"  # noqa: S105 -- a name
    """What `aud` of a token must name."""
    token_leeway_s: Annotated[int, Meta(ge=0, le=60)] = 30
    """By how much clocks may differ."""

    def __post_init__(self) -> None:
        if not (self.token_secret_file or self.jwks_file or self.jwks_url):
            raise ValueError(said("SETTING_NO_KEYS"))
