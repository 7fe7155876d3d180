"""What each type of task does, one module a type. To add one: a kind in `libs.contracts.tasks`, a function here."""

from libs.contracts.tasks.load import LOAD
from libs.contracts.tasks.mapping import MAPPING
from libs.contracts.tasks.transform import TRANSFORM
from services.processor.tools import Types
from services.processor.types import load, mapping, transform

TYPES: Types = {
    kind.name: (kind, work) for kind, work in ((MAPPING, mapping.run), (TRANSFORM, transform.run), (LOAD, load.run))
}
