"""Articles of the law that rules stand on, as what findings are looked for by.

A rule names them as far as a clause (`L21.1, L38.2-3; D356 41`); whoever looks asks for an article, or for a form.
"""

import re
from collections.abc import Iterator

from libs.compliance.catalogue import CATALOGUE

_PLACE = re.compile(r"(?:(?P<form>Mẫu \d+)|(?P<source>L(?=\d)|\w+ (?=\d)))?.*?(?:(?P<first>\d+)(?:-(?P<last>\d+)$)?|$)")
"""What stands between commas; what names no source goes on with the one before."""


def articles_of(said: str) -> tuple[str, ...]:
    """The articles and forms that a rule names, each once: `L21`, `L38`, `D356 41`."""
    return tuple(dict.fromkeys(article for of_source in said.split("; ") for article in _articles(of_source)))


def _articles(of_source: str) -> Iterator[str]:
    source = form = ""
    for place in of_source.split(", ") if of_source else ():
        found = _PLACE.match(place)
        assert found is not None
        source, form = found["source"] or source, found["form"] or form
        if form:
            yield form
        else:
            first = int(found["first"])
            yield from (f"{source}{number}" for number in range(first, int(found["last"] or first) + 1))


def _in_order(article: str) -> tuple[int, int]:
    source = next(place for place, name in enumerate(("L", "D", "N", "M")) if article.startswith(name))
    return source, int(re.findall(r"\d+", article)[-1])


ARTICLES = tuple(sorted({each for rule in CATALOGUE.values() for each in articles_of(rule.articles)}, key=_in_order))
"""All that a rule stands on: of the law, of its decree, of fines, and the decree's forms."""
