"""Presidio's results, in an envelope: results alone say what was found, and not where.

An envelope is an object `{"source": "crm.customers", "field": "note", "results": [{"entity_type": "PERSON", …}]}`, a
list of such, or one a line. In place of the results it may have an `entity_mapping` (what presidio-structured makes:
columns and their entities). `field` may be left out; `key` and `recognizer_results` are taken for `field` and
`results`, as a batch analyzer names them. Results without any envelope give their categories alone.
"""

from msgspec import Struct, field

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import each, elements
from libs.files.adapters.table import scanner
from libs.files.sniffing.look import Look


class _Result(Struct):
    entity_type: str


_Results = list[_Result | list[_Result]]


class _Envelope(Struct):
    """A text, a value, a match: there is no member for them."""

    source: str | None = None
    field_name: str | None = field(name="field", default=None)
    key: str | None = None
    results: _Results = []
    recognizer_results: _Results = []
    entity_mapping: dict[str, str] = {}
    entity_type: str | None = None


def find(data: bytes, inventory: Inventory) -> None:
    """Add the entities as categories, and the sources that they were found in."""
    for envelope in each(elements(data), _Envelope, inventory):
        labels = dict.fromkeys(inventory.category(label) for label in _labels(envelope))
        place = ".".join(filter(None, (envelope.source, envelope.field_name or envelope.key)))
        if place and labels:
            inventory.place(place, labels)


def _labels(envelope: _Envelope) -> list[str]:
    found = [*envelope.entity_mapping.values()]
    for result in [*envelope.results, *envelope.recognizer_results]:
        found += [each.entity_type for each in (result if isinstance(result, list) else [result])]
    return [*found, *([envelope.entity_type] if envelope.entity_type else [])]


def _seems(look: Look) -> bool:
    return look.has("entity_mapping") or (look.has("entity_type") and (look.has("score") or look.has("start")))


FORMAT = scanner("presidio", ("json",), ("data-categories", "processing-activities"), _seems, find)
