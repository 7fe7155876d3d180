"""The items of a JSON list of which some may be broken, so that each costs itself alone.

A JSON parser gives up the whole list for half a surrogate pair, or for an item that is nested too deeply for it. Where
an item ends is told by brackets, quotes and commas, and whether it is right, by reading it alone.
"""

import re

MOST_BRACKETS = 500_000
"""Brackets and commas that are looked at, which takes half a second; a list of more is not taken apart."""

_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_BEGIN = re.compile(rb"[ \t\r\n]*+\[")
_BETWEEN = re.compile(rb'(?:[^][{}",]++|' + _TEXT + rb")*+[][{},]", re.DOTALL)
"""Up to the next mark of the list itself, or of what opens in it."""
_WITHIN = re.compile(rb'(?:[^][{}"]++|' + _TEXT + rb")*+[][{}]", re.DOTALL)
"""Up to the next bracket inside an item."""


def list_items(data: bytes, most: int) -> list[bytes] | None:
    """The items, `most` at most, each as it stands; None where the list itself is broken."""
    opening = _BEGIN.match(data)
    if opening is None:
        return None
    items: list[bytes] = []
    first = at = opening.end()
    depth = 1
    for _ in range(MOST_BRACKETS):
        found = (_BETWEEN if depth == 1 else _WITHIN).match(data, at)
        if found is None:
            return None
        at = found.end()
        mark = data[at - 1 : at]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth == 0 or (depth == 1 and mark == b","):
            items.append(data[first : at - 1].strip())
            first = at
        if depth == 0 or len(items) == most:
            return items if all(items) and (depth or not data[at:].strip()) else None
    return None
