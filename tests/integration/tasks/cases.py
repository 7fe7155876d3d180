"""One case a type, for what every type has to stand (`test_each_type.py`). Whoever adds a type adds its case here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from libs.contracts.tasks.kinds import Task
from tests.integration.tasks.workshop import Workshop


@dataclass(frozen=True)
class Case:
    """How a type is tried: more than once, each time for another tenant."""

    ask: Callable[[Workshop], dict[str, Any]]
    """Set up what the type needs, for the tenant of now; gives the parameters."""
    check: Callable[[Workshop, Task], None]
    """Assert that a completed task has come to what it should, exactly once."""
    between: Callable[[Workshop], None] = lambda _: None
    """What others do while the task is parked, such as writers."""


def _counted(_: Workshop, task: Task) -> None:
    assert task.result == {"number": 4}


def _mapping(shop: Workshop) -> dict[str, Any]:
    return {"file_id": shop.file(b"ma;ten;loai\nr1;A;processor\n"), "entity": "recipients"}


def _mapped(shop: Workshop, task: Task) -> None:
    assert task.result
    assert [column["target"] for column in task.result["mapping"]["columns"]] == [
        "external_id", "name_vi", "recipient_type",
    ]  # fmt: skip
    assert len(shop.mappings.page(task.tenant_id, before=None, entity=None, status=None, limit=9)) == 1


CASES = {
    "count": Case(lambda _: {"number": 4}, _counted),
    "mapping": Case(_mapping, _mapped),
}
