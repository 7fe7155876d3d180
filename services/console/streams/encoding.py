"""Server-Sent Events as they go over the wire (HTML, 9.2.5)."""

import re

RETRY_MS = 3_000
BEGIN = f"retry: {RETRY_MS}\n".encode()
"""A field of the first event: by itself it is an event without data to some clients (httpx-sse), which is none."""
STILL_HERE = b": still here\n\n"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def event(data: str, *, name: str = "") -> bytes:
    """One event. Each line of the data is a field of its own: what follows a line's end is no field of ours."""
    fields = [f"id: {_LINE_ENDS.sub(' ', name)}"] if name else []
    fields += [f"data: {line}" for line in _LINE_ENDS.split(data)]
    return ("\n".join(fields) + "\n\n").encode()
