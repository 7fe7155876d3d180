"""Reads what a form sends."""

import asyncio
from urllib.parse import parse_qs

import falcon
import falcon.asgi

from libs.contracts.refusals import Refusal

LARGEST_FORM = 64 * 1024
"""Bytes; the ids of a page of jobs take 8,000."""
MOST_FIELDS = 1_000
PATIENCE_S = 10.0


class Form:
    """The fields of a form, each given once or several times."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str, longest: int = LARGEST_FORM) -> str:
        """A field's value, trimmed; empty where it is absent. Raises Refusal where it is no text of one line."""
        values = self._fields.get(name, [""])
        value = values[0].strip()
        if len(values) > 1 or len(value) > longest or not value.isprintable():
            raise Refusal("FIELD_UNFIT", limit=longest)
        return value

    def raw(self, name: str, longest: int = LARGEST_FORM) -> str:
        """A field's value as it is; empty where it is absent. Raises Refusal where it cannot be kept as text."""
        value = self._fields.get(name, [""])[0]
        if len(value) > longest or "\0" in value:
            raise Refusal("FIELD_UNFIT", limit=longest)
        return value

    def each(self, name: str) -> list[str]:
        """All values of a field that may be given several times."""
        return self._fields.get(name, [])

    def below(self, prefix: str) -> dict[str, str]:
        """The fields whose names begin with this, by what follows; the text of each as it came."""
        return {
            name.removeprefix(prefix): values[0] for name, values in self._fields.items() if name.startswith(prefix)
        }

    def has(self, name: str) -> bool:
        """Whether a field came at all, if only empty."""
        return name in self._fields


async def read_form(req: falcon.asgi.Request, largest: int = LARGEST_FORM, most_fields: int = MOST_FIELDS) -> Form:
    """The form of a request, of so many bytes and fields. Raises Refusal."""
    media, _, _ = (req.content_type or "").partition(";")
    if media.strip().lower() != falcon.MEDIA_URLENCODED:
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", supported=falcon.MEDIA_URLENCODED)
    if req.content_length is None:
        raise Refusal("LENGTH_REQUIRED")
    if req.content_length > largest:
        raise Refusal("BODY_TOO_LARGE", limit=largest)
    try:
        async with asyncio.timeout(PATIENCE_S):
            body = await req.stream.read(largest)
        if len(body) < req.content_length:
            raise Refusal("BODY_INCOMPLETE")
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict",
            max_num_fields=most_fields,
        )  # fmt: skip
    except TimeoutError as error:
        raise Refusal("BODY_TIMEOUT", rate=int(largest / PATIENCE_S), seconds=int(PATIENCE_S)) from error
    except ValueError as error:
        raise Refusal("BAD_REQUEST") from error
    return Form(fields)
