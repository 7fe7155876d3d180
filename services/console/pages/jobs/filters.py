"""Which jobs a list shows: read from its address, or from what somebody has typed, and written into addresses."""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlencode

import falcon.asgi
from msgspec import Struct

from libs.contracts.filters import EARLIEST, JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import WRITE, JobStatus, Lane
from libs.contracts.tasks.registry import KINDS
from services.console.pages.speech import Speech

CHOICES: dict[str, tuple[str, ...]] = {
    "status": tuple(map(str, JobStatus)),
    "type": (WRITE, *KINDS),
    "entity": tuple(ENTITIES),
    "lane": get_args(Lane),
}
MOMENTS = ("from", "to")
LONGEST_SEARCH = 255


class Search(Struct, frozen=True):
    """Filters by name, each with its values, and words."""

    chosen: dict[str, tuple[str, ...]]
    words: str
    unknown: tuple[tuple[str, str], ...] = ()
    """Names and values that nobody knows; the list is as if they were not there, and says so."""

    def query(self, **changes: str) -> str:
        """The filters as the query of an address; `changes` are added."""
        pairs = [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("q", self.words)] if self.words else []
        return urlencode([*pairs, *changes.items()])

    def toggled(self, name: str, value: str) -> str:
        """The query of the same filters with this one put in, or taken out."""
        held = self.chosen.get(name, ())
        values = tuple(each for each in held if each != value) if value in held else (*held, value)
        return Search({**self.chosen, name: values}, self.words).query()

    def has(self, name: str, value: str) -> bool:
        """Whether this filter is set."""
        return value in self.chosen.get(name, ())

    @property
    def typed(self) -> str:
        """As somebody would type it."""
        parts = [f"{name}:{value}" for name, values in self.chosen.items() for value in values]
        return " ".join([*parts, *([self.words] if self.words else [])])

    @property
    def empty(self) -> bool:
        """Whether all jobs are meant."""
        return not self.words and not any(self.chosen.values())

    def members(self, speech: Speech) -> dict[str, Any]:
        """The same as members of a bulk action's filter."""
        named: dict[str, Any] = {name: self.chosen[name] for name in CHOICES if name in self.chosen}
        for name in MOMENTS:
            if name in self.chosen:
                named[name] = _moment(self.chosen[name][0], speech, late=name == "to")
        if "parent" in self.chosen:
            named["parent"] = self.chosen["parent"][0]
        return {**named, **({"q": self.words} if self.words else {})}

    def job_filter(self, speech: Speech) -> JobFilter:
        """What the stores are asked for."""
        since, until = (_moment(self.chosen.get(name, ("",))[0], speech, late=name == "to") for name in MOMENTS)
        parent = self.chosen.get("parent")
        return JobFilter(
            statuses=tuple(map(JobStatus, self.chosen.get("status", ()))) or tuple(JobStatus),
            types=self.chosen.get("type", ()), entities=self.chosen.get("entity", ()),
            lanes=self.chosen.get("lane", ()) or get_args(Lane),  # type: ignore[arg-type]
            parent=uuid.UUID(parent[0]) if parent else None, since=since or EARLIEST, until=until,
            q=self.words or None,
        )  # fmt: skip


def search_of(req: falcon.asgi.Request, speech: Speech) -> Search:
    """The filters of an address; what is typed (`find`) is read as filters too."""
    pairs = [(name, value) for name in (*CHOICES, *MOMENTS, "parent") for value in _values(req, name)]
    words = [value for name in ("q", "find") for value in _values(req, name)]
    typed = [word for value in words for word in value.split()]
    pairs += [(name, value) for name, value in map(_parted, typed) if name]
    plain = " ".join(value for name, value in map(_parted, typed) if not name)
    chosen: dict[str, tuple[str, ...]] = {}
    unknown: list[tuple[str, str]] = []
    for name, value in pairs:
        if not _is_known(name, value, speech):
            unknown.append((name, value))
        elif name in (*MOMENTS, "parent"):
            chosen[name] = (value,)
        elif value not in chosen.get(name, ()):
            chosen[name] = (*chosen.get(name, ()), value)
    printable = "".join(each for each in plain[:LONGEST_SEARCH] if each.isprintable())
    return Search(chosen, printable, tuple(unknown))


def query_of(members: dict[str, Any]) -> str:
    """The query of a list, of the members of a bulk action's filter."""
    return urlencode(members, doseq=True)


def _values(req: falcon.asgi.Request, name: str) -> Iterator[str]:
    given = req.params.get(name, [])
    yield from ([given] if isinstance(given, str) else given)


def _parted(word: str) -> tuple[str, str]:
    """A filter and its value; a word without one has no filter."""
    name, colon, value = word.partition(":")
    is_filter = colon and value and name.lower() in (*CHOICES, *MOMENTS, "parent")
    return (name.lower(), value) if is_filter else ("", word)


def _is_known(name: str, value: str, speech: Speech) -> bool:
    if name in MOMENTS:
        return _moment(value, speech, late=False) is not None
    if name == "parent":
        return _is_uuid(value)
    return value in CHOICES[name]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _moment(text: str, speech: Speech, *, late: bool) -> datetime.datetime | None:
    """A day, or a moment, in the reader's time unless it says another; the end of a day if `late`."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if late and len(text) == len("2026-11-25"):
        moment += datetime.timedelta(days=1, microseconds=-1)
    return moment if moment.tzinfo else moment.replace(tzinfo=speech.zone)
