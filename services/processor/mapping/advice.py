"""Asks a model what columns may be, by their names and the kinds of their values; never by the values.

Whatever goes wrong is no advice: a mapping is made without.
"""

import http.client
import queue
import re
import threading
import urllib.error
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from libs.files.mapping.proposing.propose import Column
from libs.files.mapping.proposing.shapes import shape_of
from libs.files.mapping.targets import Targets
from libs.identity.fetching import fetch
from services.processor.mapping.settings import AiSettings

MOST_COLUMNS = 200
"""Columns of a question."""
MOST_BYTES = 256 * 1024
"""Of an answer."""
SUREST = 0.9
"""A model may say that it is surer."""
LOOK_S = 0.2
LONGEST_NAME = 80
_VALUE = re.compile(r"@|(\d\D?){6}")
TASK = (
    "Match columns of a spreadsheet with fields of a register of personal data processing in Vietnam. "
    "Column names are Vietnamese or English. Use a field once at most; null where none fits."
)


class NoAdviceError(Exception):
    """There is none; `reason` is a word or a number of the protocol, nothing that came from outside."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Advised(Struct, frozen=True, forbid_unknown_fields=True):
    """What one column may be."""

    index: Annotated[int, Meta(ge=0)]
    target: str | None
    confidence: Annotated[float, Meta(ge=0, le=1)]


class Advice(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer."""

    columns: Annotated[list[Advised], Meta(max_length=MOST_COLUMNS)]


class _Message(Struct):
    content: str


class _Choice(Struct):
    message: _Message


class _Completion(Struct):
    choices: Annotated[list[_Choice], Meta(min_length=1)]


def advised(
    settings: AiSettings, targets: Targets, columns: Sequence[Column], stop: Callable[[], None]
) -> list[tuple[int, str, float]]:
    """What a model says of these columns: index, target, how sure. `stop` is called while it is waited for.

    Raises NoAdviceError, and what `stop` raises.
    """
    asked = columns[:MOST_COLUMNS]
    known = {column.index for column in asked}
    answer = _waited_for(lambda: _ask(settings, _question(settings.ai_model, targets, asked)), stop)
    if any(one.index not in known or one.target not in (*targets.names, None) for one in answer.columns):
        raise NoAdviceError("unknown names")
    return [(one.index, one.target, min(one.confidence, SUREST)) for one in answer.columns if one.target]


def _question(model: str, targets: Targets, columns: Sequence[Column]) -> bytes:
    """All that leaves: names of columns and fields, and a word for the kind of a column's values."""
    shown = [{"index": each.index, "name": _name(each.name), "values": shape_of(each.values)} for each in columns]
    content = msgspec.json.encode({"fields": list(targets.names), "columns": shown}).decode()
    return msgspec.json.encode({
        "model": model,
        "temperature": 0,
        "messages": [{"role": "system", "content": TASK}, {"role": "user", "content": content}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "mapping", "strict": True, "schema": _schema(targets)},
        },
    })  # fmt: skip


def _name(name: str) -> str:
    """A column's name, unless it may be a value: that of a file without a header is its first row."""
    return "" if _VALUE.search(name) else name[:LONGEST_NAME]


def _schema(targets: Targets) -> dict[str, Any]:
    column = {
        "index": {"type": "integer"},
        "target": {"enum": [*targets.names, None]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    }
    items = {"type": "object", "properties": column, "required": list(column), "additionalProperties": False}
    columns = {"columns": {"type": "array", "items": items}}
    return {"type": "object", "properties": columns, "required": ["columns"], "additionalProperties": False}


def _ask(settings: AiSettings, question: bytes) -> Advice:
    """One question, one answer. Raises NoAdviceError."""
    url = f"{settings.ai_url.rstrip('/')}/chat/completions"
    try:
        key = Path(settings.ai_key_file).read_text().strip() if settings.ai_key_file else ""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        body = fetch(url, seconds=settings.ai_seconds, most_bytes=MOST_BYTES, data=question, headers=headers)
        completion = msgspec.json.decode(body, type=_Completion)
        return msgspec.json.decode(completion.choices[0].message.content, type=Advice)
    except urllib.error.HTTPError as error:
        error.close()
        raise NoAdviceError(f"HTTP {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise NoAdviceError(type(error).__name__) from None


def _waited_for(ask: Callable[[], Advice], stop: Callable[[], None]) -> Advice:
    """The answer, asked for in a thread of its own: who waits may be called away, and the question ends by itself."""
    answers: queue.SimpleQueue[Advice | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001 -- it is raised where somebody waits
            answers.put(error)

    threading.Thread(target=run, name="advice", daemon=True).start()
    while True:
        stop()
        try:
            answer = answers.get(timeout=LOOK_S)
        except queue.Empty:
            continue
        if isinstance(answer, Exception):
            raise answer
        return answer
