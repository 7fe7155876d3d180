"""Which findings a list shows: read from its address, and written into addresses."""

import uuid
from typing import get_args
from urllib.parse import urlencode

import falcon.asgi
import msgspec
from msgspec import Struct

from libs.compliance.articles import ARTICLES
from libs.compliance.findings import FindingFilter, Place
from libs.contracts.compliance.findings import ORGANISATION, SEVERITIES, FindingState
from libs.contracts.inventory.records import ENTITIES
from libs.lookup import page_tokens

CHOICES: dict[str, tuple[str, ...]] = {
    "severity": SEVERITIES,
    "state": get_args(FindingState),
    "entity": (*ENTITIES, ORGANISATION),
}
"""What a list can be narrowed by, each to one of a few values."""
LONGEST_CODE = 32


class FindingSearch(Struct, frozen=True, kw_only=True):
    """The filter of a list of findings; what nobody knows is left out."""

    severity: str = ""
    state: str = ""
    entity: str = ""
    article: str = ""
    code: str = ""
    record: str = ""
    new: bool = False

    @property
    def wanted(self) -> FindingFilter:
        """What is read."""
        usual = FindingFilter()
        return msgspec.structs.replace(
            usual, severities=_named(self.severity), codes=_named(self.code), articles=_named(self.article),
            entities=_named(self.entity), states=_named(self.state) or usual.states,
            record=uuid.UUID(self.record) if self.record else None, new=self.new,
        )  # fmt: skip

    @property
    def empty(self) -> bool:
        """Whether all that is not resolved is meant."""
        return self == FindingSearch()

    def query(self, **changes: str) -> str:
        """The query of the list with other filters; an empty one takes a filter away."""
        given = {**msgspec.structs.asdict(self), "new": "true" if self.new else "", **changes}
        return urlencode({name: value for name, value in given.items() if value})

    def toggled(self, name: str, value: str) -> str:
        """The query with this filter set, or taken away where it is set."""
        return self.query(**{name: "" if self.has(name, value) else value})

    def has(self, name: str, value: str) -> bool:
        """Whether this filter is set."""
        return bool(msgspec.structs.asdict(self)[name] == value)


def search_of(req: falcon.asgi.Request) -> FindingSearch:
    """The filter of an address."""
    chosen = {name: value for name, known in CHOICES.items() if (value := _text(req, name)) in known}
    article = _text(req, "article")
    return FindingSearch(
        **chosen, article=article if article in ARTICLES else "", code=_text(req, "code")[:LONGEST_CODE],
        record=_record(_text(req, "record")), new=_text(req, "new") == "true",
    )  # fmt: skip


def list_of(tenant_id: uuid.UUID, search: FindingSearch) -> uuid.UUID:
    """The name of a list, so that a token is good for it alone."""
    return uuid.uuid5(tenant_id, f"findings?{search.query()}")


def place_of(of: uuid.UUID, token: object) -> Place | None:
    """Where a page starts. Raises Refusal."""
    return page_tokens.read_text_token(of, token, _place)


def token_of(of: uuid.UUID, place: Place | None) -> str | None:
    """The token of the page behind a place."""
    return page_tokens.after_text(of, f"{place.code}|{place.record_id}") if place else None


def _place(text: str) -> Place:
    """By the text of a token. Raises ValueError."""
    code, _, record = text.partition("|")
    return Place(code, uuid.UUID(record))


def _text(req: falcon.asgi.Request, name: str) -> str:
    value = req.params.get(name, "")
    return value if isinstance(value, str) and value.isprintable() else ""


def _record(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _named(value: str) -> tuple[str, ...]:
    return (value,) if value else ()
