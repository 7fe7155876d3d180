"""Server-Sent Events as they go over the wire (HTML, 9.2.5)."""

import re

import msgspec

from services.console.streams.news import News, Snapshot

RETRY_MS = 3_000
BEGIN = f"retry: {RETRY_MS}\n\n".encode()
STILL_HERE = b": still here\n\n"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def event(data: str, *, name: str = "") -> bytes:
    """One event. Each line of the data is a field of its own: what follows a line's end is no field of ours."""
    fields = [f"id: {_LINE_ENDS.sub(' ', name)}"] if name else []
    fields += [f"data: {line}" for line in _LINE_ENDS.split(data)]
    return ("\n".join(fields) + "\n\n").encode()


def document(told: News | Snapshot) -> str:
    """What a message says, JSON: a job, or the jobs that are there at the beginning."""
    if isinstance(told, Snapshot):
        return msgspec.json.encode({"snapshot": True, "jobs": [news.document for news in told.jobs]}).decode()
    return bytes(told.document).decode()


def as_event(told: News | Snapshot) -> bytes:
    """The message as an event, by the version of its job."""
    return event(document(told), name=told.version if isinstance(told, News) else "")
