"""Rules as they are, with a clock that runs forty times as fast: an hour becomes a minute and a half.

Nobody can wait for six hours in a test. Changed are spans of time, and nothing else of an expression:

- windows, steps of subqueries and offsets (`[5m]`, `[30d:5m]`, `offset 1h`), and `for`;
- ages that gauges are compared with (`…_seconds) > 300`, `… > 26 * 3600`);
- a minute, as the bucket of what was written in time: `le="60.0"` becomes `le="1.5"`, which is a bucket as well.

Ratios, rates a second and numbers of failures stay.
"""

import re
from typing import Any

HASTE = 40
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"(?<=[\[:])(\d+)([smhd])(?=[\]:])|(?<=offset )(\d+)([smhd])\b")
_AGE = re.compile(r"(_seconds(?:\{[^}]*})?\)* > )(\d+)(?: \* (\d+))?")


def hurried_span(span: str) -> str:
    """A duration of Prometheus."""
    return f"{int(span[:-1]) * _UNITS[span[-1]] * 1_000 // HASTE}ms"


def hurried(expr: str) -> str:
    """An expression."""
    expr = _SPAN.sub(lambda found: hurried_span("".join(filter(None, found.groups()))), expr)
    expr = _AGE.sub(lambda found: f"{found[1]}{int(found[2]) * int(found[3] or 1) / HASTE:g}", expr)
    return expr.replace('le="60.0"', 'le="1.5"')


def hurried_rules(file: dict[str, Any]) -> dict[str, Any]:
    """A whole file of rules."""

    def rule(given: dict[str, Any]) -> dict[str, Any]:
        wait = {"for": hurried_span(given["for"])} if "for" in given else {}
        return {**given, "expr": hurried(given["expr"]), **wait}

    return {"groups": [{**group, "rules": [rule(each) for each in group["rules"]]} for group in file["groups"]]}
