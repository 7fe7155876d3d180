"""What each type of task does, one module a type. To add one: a kind in `libs.contracts.tasks`, a function here."""

from services.processor.tools import Types

TYPES: Types = {}
