"""Reads Range (RFC 9110, 14): one stretch of bytes."""

import re

from libs.contracts.refusals import Refusal

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*")


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First and end (one behind the last) of the bytes that are asked for; None where that is all of them.

    What is no range of bytes, or several, is asked for in vain: all is sent. Raises Refusal for one outside the file.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        first, end = max(size - int(found[2]), 0), size
    else:
        first, end = int(found[1]), min(int(found[2] or size) + 1, size)
        if found[2] and int(found[2]) < first:
            return None
    if first >= end:
        raise Refusal("RANGE", headers={"Content-Range": f"bytes */{size}"}, size=size)
    return first, end
