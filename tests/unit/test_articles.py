"""Which articles a rule stands on, as findings are looked for by them."""

import pytest

from libs.compliance.articles import ARTICLES, articles_of
from libs.compliance.catalogue import CATALOGUE


@pytest.mark.parametrize(
    ("said", "articles"),
    [
        ("L20.2", ["L20"]), ("L3.2, L9.2a; D356 19.3c", ["L3", "L9", "D356 19"]), ("L21.1, L38.2-3", ["L21", "L38"]),
        ("D356 3-4", ["D356 3", "D356 4"]), ("D356 10.3, 10.5đ", ["D356 10"]), ("NĐ330 56.1b", ["NĐ330 56"]),
        ("D356 3, 4.1; Mẫu 10 II.3", ["D356 3", "D356 4", "Mẫu 10"]), ("Mẫu 09 II.1, III.2.3", ["Mẫu 09"]), ("", []),
    ],
)  # fmt: skip
def test_articles_are_named_without_their_clauses(said: str, articles: list[str]) -> None:
    assert list(articles_of(said)) == articles


def test_each_rule_of_the_law_is_found_by_an_article_and_articles_are_in_order() -> None:
    assert all(articles_of(rule.articles) for rule in CATALOGUE.values())
    assert ARTICLES[:3] == ("L3", "L9", "L11")
    assert ARTICLES[-2:] == ("Mẫu 09", "Mẫu 10")
