"""The ids of a job's records, as a page of JSON or as lines."""

import uuid
from collections.abc import Iterator
from itertools import islice

import msgspec

from libs.contracts.answers import IdPage, RecordId
from libs.lookup import page_tokens

IDS_PAGE = 1_000


def as_page(job_id: uuid.UUID, ids: Iterator[RecordId]) -> bytes:
    """The first page of these, which are a job's."""
    page = list(islice(ids, IDS_PAGE + 1))
    token = page_tokens.after_index(job_id, page[IDS_PAGE - 1].index) if len(page) > IDS_PAGE else None
    return msgspec.json.encode(IdPage(page[:IDS_PAGE], token))


def as_ndjson(ids: Iterator[RecordId]) -> Iterator[bytes]:
    """All of these, one a line."""
    pages = iter(lambda: list(islice(ids, IDS_PAGE)), [])
    return map(msgspec.json.Encoder().encode_lines, pages)
