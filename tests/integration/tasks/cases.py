"""One case a type, for what every type has to stand (`test_each_type.py`). Whoever adds a type adds its case here."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from libs.contracts.tasks.kinds import Task
from services.processor.tools import Types
from services.processor.types import TYPES
from tests.integration.tasks.bench import COUNT, count
from tests.integration.tasks.dock import Dock, csv_of

WORKS: Types = {**TYPES, COUNT.name: (COUNT, lambda context, _: count(context))}


@dataclass(frozen=True)
class Case:
    """How a type is tried: more than once, each time for another tenant."""

    ask: Callable[[Dock], dict[str, Any]]
    """Set up what the type needs, for the tenant of now; gives the parameters."""
    check: Callable[[Dock, Task], None]
    """Assert that a completed task has come to what it should, exactly once."""
    beside: Callable[[Dock], AbstractContextManager[None]] = lambda _: nullcontext()
    """Who has to be at work beside the processor, such as a writer."""


def _counted(_: Dock, task: Task) -> None:
    assert task.result == {"number": 4}


def _mapping(dock: Dock) -> dict[str, Any]:
    return {"file_id": str(dock.file(b"ma;ten;loai\nr1;A;processor\n")), "entity": "recipients"}


def _mapped(dock: Dock, task: Task) -> None:
    assert task.result
    assert [column["target"] for column in task.result["mapping"]["columns"]] == [
        "external_id", "name_vi", "recipient_type",
    ]  # fmt: skip
    assert len(dock.tools.mappings.page(task.tenant_id, before=None, entity=None, status=None, limit=9)) == 1


def _load(dock: Dock) -> dict[str, Any]:
    return {"file_id": str(dock.file(csv_of(120))), "entity": "recipients"}


def _loaded(dock: Dock, task: Task) -> None:
    assert dock.names() == Counter(f"r-{n}" for n in range(120))
    assert (task.counters["total"], task.counters["created"]) == (120, 120)


CASES = {
    "count": Case(lambda _: {"number": 4}, _counted),
    "mapping": Case(_mapping, _mapped),
    "load": Case(_load, _loaded, Dock.writing),
}
