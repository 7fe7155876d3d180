"""Where webhooks go."""

import ipaddress
import urllib.parse
from typing import Annotated

from msgspec import Meta, Struct

from libs.contracts.texts import said
from libs.contracts.webhooks import EVENT_TYPES
from libs.webhooks.destinations import Network, Target


class WebhookSettings(Struct, frozen=True, kw_only=True):
    """One address that is told what happens; nobody is, unless one is set."""

    webhook_url: str = ""
    """Such as `https://hooks.example/sluice`. Plain http goes to `webhook_allowed_networks` alone."""
    webhook_secret_file: str = ""
    """A file with a secret a line, `whsec_` and base64; each signs, so that one can take another's place."""
    webhook_allowed_networks: str = ""
    """Networks that may be reached although they are not public, such as `10.1.0.0/16,fd00::/8`."""
    webhook_events: str = "report.made"
    """Which events are told: `report.made`, `job.ended`."""
    webhook_seconds: Annotated[float, Meta(gt=0, le=30)] = 5.0
    """The longest that one delivery may take, all in all."""

    def __post_init__(self) -> None:
        if unknown := set(self.events) - set(EVENT_TYPES):
            raise ValueError(said("SETTING_WEBHOOK_EVENTS", unknown=", ".join(unknown), known=", ".join(EVENT_TYPES)))
        try:
            known = list(self.networks)
        except ValueError as error:
            raise ValueError(said("SETTING_WEBHOOK_NETWORKS", reason=error)) from error
        if self.webhook_url and self.target is None:
            raise ValueError(said("SETTING_WEBHOOK_URL"))
        if self.target and not self.target.secure and not known:
            raise ValueError(said("SETTING_WEBHOOK_PLAIN"))
        if self.webhook_url and not self.webhook_secret_file:
            raise ValueError(said("SETTING_WEBHOOK_SECRET"))

    @property
    def events(self) -> list[str]:
        """Which are told."""
        return _listed(self.webhook_events)

    @property
    def networks(self) -> list[Network]:
        """Which may be reached although they are not public. Raises ValueError."""
        return [ipaddress.ip_network(each) for each in _listed(self.webhook_allowed_networks)]

    @property
    def target(self) -> Target | None:
        """What the address says; None where it says nothing that can be reached."""
        try:
            url = urllib.parse.urlsplit(self.webhook_url)
            port = url.port
        except ValueError:
            return None
        plain = self.webhook_url.isascii() and self.webhook_url.isprintable() and " " not in self.webhook_url
        if not plain or url.scheme not in {"https", "http"} or not url.hostname or "@" in url.netloc or url.fragment:
            return None
        secure = url.scheme == "https"
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        return Target(
            host=url.hostname, port=port or (443 if secure else 80), named=url.netloc, path=path, secure=secure
        )


def _listed(text: str) -> list[str]:
    return [part for part in (each.strip() for each in text.split(",")) if part]
