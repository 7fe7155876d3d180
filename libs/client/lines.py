"""Lines of NDJSON out of bytes that arrive in any pieces."""

import io
from collections.abc import Iterable, Iterator


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, empty ones left out.

    A line ends at a line feed alone: a record may hold the other characters that Python takes for an end.
    """
    rest = io.BytesIO()
    for chunk in chunks:
        head, *others = chunk.split(b"\n")
        rest.write(head)
        if others:
            yield from filter(None, (rest.getvalue(), *others[:-1]))
            rest = io.BytesIO()
            rest.write(others[-1])
    if rest.getvalue():
        yield rest.getvalue()
