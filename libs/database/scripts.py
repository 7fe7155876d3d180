"""Cuts a script of SQL into its statements, so that each can be run by itself.

A PostgreSQL that spreads tables over several nodes passes a definition on as it came: with others in the same string it
refuses it.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    --[^\n]*
    | [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)            # a string with escapes
    | '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
    | (?P<comment>/\*)
    | (?P<atomic>begin\s+atomic\b)
    | (?P<word>\w[\w$]*)                         # also a number; a dollar in it opens no string
    | (?P<mark>[();])
    | .
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*|\*/")


def statements(script: str) -> list[str]:
    """The statements of a script, each with its semicolon and what is said before it; all together are the script.

    A semicolon ends one unless it stands in a string, a name, a comment, parentheses, or the body of a function that
    begins with BEGIN ATOMIC. What is never closed takes the rest: PostgreSQL says then what is wrong.
    """
    ends = list(_ends(script))
    pieces = [script[start:end] for start, end in zip([0, *ends], [*ends, len(script)], strict=True)]
    if ends and all(_is_silent(found) for found, _ in _tokens(pieces[-1])):
        pieces[-2:] = ["".join(pieces[-2:])]
    return pieces


def _ends(script: str) -> Iterator[int]:
    """Where statements end, behind their semicolons."""
    parentheses = blocks = 0
    for found, end in _tokens(script):
        mark, word = found["mark"], (found["word"] or "").lower()
        parentheses += {"(": 1, ")": -1}.get(mark, 0)
        if found["atomic"] or (blocks and word in ("begin", "case")):
            blocks += 1
        elif blocks and word == "end":
            blocks -= 1
        elif mark == ";" and not (parentheses or blocks):
            yield end


def _tokens(script: str) -> Iterator[tuple[re.Match[str], int]]:
    """What a script is made of, each with its end."""
    end = 0
    while found := _TOKEN.match(script, end):
        end = _end_of_comment(script, found.end()) if found["comment"] else found.end()
        yield found, end


def _end_of_comment(script: str, at: int) -> int:
    """Comments have comments in them."""
    depth = 1
    while depth and (found := _COMMENT.search(script, at)):
        depth += 1 if found[0] == "/*" else -1
        at = found.end()
    return len(script) if depth else at


def _is_silent(found: re.Match[str]) -> bool:
    return bool(found["comment"]) or found[0].isspace() or found[0].startswith("--")
