"""Lines out of bytes that arrive in any pieces."""

import io
from collections.abc import Iterable, Iterator


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends, which the last one may lack.

    A line ends at a line feed alone: a record may hold the other characters that Python takes for an end.
    """
    rest = io.BytesIO()
    for chunk in chunks:
        head, *others = chunk.split(b"\n")
        rest.write(head)
        if others:
            yield rest.getvalue() + b"\n"
            yield from (line + b"\n" for line in others[:-1])
            rest = io.BytesIO()
            rest.write(others[-1])
    if rest.getvalue():
        yield rest.getvalue()


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of NDJSON without their ends, empty ones left out."""
    return filter(None, (line.removesuffix(b"\n") for line in whole_lines(chunks)))
