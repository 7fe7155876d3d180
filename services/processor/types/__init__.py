"""What each type of task does, one module a type. To add one: a kind in `libs.contracts.tasks`, a function here."""

from libs.contracts.tasks.mapping import MAPPING
from services.processor.tools import Types
from services.processor.types import mapping

TYPES: Types = {MAPPING.name: (MAPPING, mapping.run)}
