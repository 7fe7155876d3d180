"""YAML, read with suspicion: what refers to itself or nests deeply is refused before anything is made of it."""

from typing import Any

from libs.files.failures import UnreadableError

DEEPEST = 64


def loaded(data: bytes) -> list[Any]:
    """The documents of a file, in plain values. Raises UnreadableError."""
    try:
        import yaml
    except ImportError as error:
        raise UnreadableError("FORMAT_NOT_INSTALLED", format="fides") from error
    try:
        _check(yaml, data)
        return [document for document in yaml.load_all(data, Loader=yaml.CSafeLoader) if document is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableError("FILE_DAMAGED") from error


def _check(yaml: Any, data: bytes) -> None:
    depth = 0
    for event in yaml.parse(data, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            raise UnreadableError("FILE_TOO_COMPLEX")
