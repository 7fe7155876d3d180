"""No form of an address, right or mistyped, shows what may be a password."""

import pytest

from libs.addresses import HIDDEN, shown

MISTYPED = [
    "postgresql//sluice:QZ7@db.example/sluice",
    "postgresql:/sluice:QZ7@db.example/sluice",
    "sluice:QZ7@db.example:5432/sluice",
    "postgresql://sluice:QZ7/sluice",
    "postgresql://sluice:QZ7",
    "postgresql://sluice:12/QZ7@db.example/sluice",
    "postgresql://sluice:Q@Z/QZ7@db.example/sluice",
    "postgresql://db.example/sluice?pasword=QZ7",
    "postgresql://db.example/sluice?QZ7",
    "host=db.example passwd=QZ7",
    "host=db.example password=a QZ7",
    "host=db.example password='a QZ7",
    "host=db.example;password=QZ7",
    "redis//:QZ7@cache.example:6379/0",
    "redis://:QZ7",
    "redis:QZ7@cache.example",
    "redis://cache.example:6379QZ7/0",
    "redis://:6379\nQZ7@cache.example/0",
    "QZ7",
    " redis://:QZ7@cache.example",
]


@pytest.mark.parametrize("address", MISTYPED)
def test_a_mistyped_address_shows_no_secret(address: str) -> None:
    assert "QZ7" not in shown(address)
    assert HIDDEN in shown(address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://sluice:QZ7@one:5432,two:5433/db?sslmode=require", None),
        ("postgresql://sluice:QZ7@[::1]:5432/db", None),
        ("redis://:QZ7@cache.example:6379/0?protocol=3", None),
        ("host=/run/postgresql user=sluice dbname=sluice", "host=/run/postgresql user=sluice dbname=sluice"),
        ("https://issuer.example/.well-known/jwks.json", "https://issuer.example/.well-known/jwks.json"),
        ("redis://", "redis://"),
    ],
)
def test_what_is_no_secret_is_shown(address: str, expected: str | None) -> None:
    assert shown(address) == (expected or address.replace("QZ7", HIDDEN))
