"""Addresses of stores: what a driver would misread is refused in words before anything connects."""

import re
from inspect import signature

import pytest
from redis.connection import AbstractConnection, SSLConnection

from libs.database.server import address as of_database
from libs.jobs.server import address as of_redis
from libs.settings import SettingsError, load
from services.writer.settings import WriterSettings

SECRET = "s3cret"
NUMBER = "must be the number"


@pytest.mark.parametrize("address", [
    "redis://h", "redis://h:6379/0", "redis://:p%40ss@h/15", "rediss://u:p@h:1/3?ssl_cert_reqs=none", "redis://h/?db=2",
    "unix:///run/redis.sock?db=1", "redis://h?socket_timeout=2&client_name=x", "redis://[::1]:6379/1",
    "redis+sentinel://a,b:1,[::1]:2/main", "redis+sentinel://u:p%40@a/main?db=3&sentinel_password=x%26",
    "rediss+sentinel://a/main?ssl_cert_reqs=none", "redis+cluster://:p@a:1,b:2", "rediss+cluster://a/?socket_timeout=1",
])  # fmt: skip
def test_an_address_of_redis_is_taken(address: str) -> None:
    of_redis.require_address(address)


def test_a_connection_takes_each_option() -> None:
    taken = {**signature(SSLConnection).parameters, **signature(AbstractConnection).parameters}
    assert {*of_redis.OPTIONS} <= {*taken}


@pytest.mark.parametrize(("address", "says"), [
    ("nonsense", "no address"), ("http://h", "no address"), ("redis:h", "no address"), ("redis://h:port", "no address"),
    ("redis://h:99999", "no address"), (f"redis://:{SECRET}#x@h/0", "no address"),
    ("redis://h/abc", NUMBER), ("redis://h/0x1", NUMBER), ("redis://h/1/2", NUMBER), ("redis://h/-1", NUMBER),
    ("redis://h/1?db=2", NUMBER), (f"redis://h/{SECRET}", NUMBER), (f"redis://:a/{SECRET}@h", "no address"),
    ("redis://h?foo=1", "option"), ("redis://h?db=two", "option"), ("redis://h?db=-2", "option"),
    ("redis://h?socket_timeout=soon", "option"), ("redis://h?decode_responses=1", "option"),
    ("redis://h?protocol=3", "option"), ("redis://h?ssl_cert_reqs=none", "option"), (f"redis://u@h?{SECRET}", "option"),
    (f"redis://h?{SECRET}=1", "option"),
    (f"redis+sentinel://:{SECRET}@a:1", "no address"), (f"redis+sentinel://:{SECRET}@a:x/main", "no address"),
    (f"redis+sentinel://:{SECRET}@/main", "no address"), (f"redis+sentinel://a:1/main/{SECRET}", "no address"),
    (f"redis+cluster://:{SECRET}@a:1/0", "no address"), (f"redis+cluster://:{SECRET}@a:1?db=1", "no address"),
    (f"redis+other://:{SECRET}@a:1", "no address"), ("redis+cluster://a:99999", "no address"),
    ("redis+cluster://a?sentinel_password=x", "no address"), (f"redis+sentinel://a/main?{SECRET}=1", "option"),
    ("redis+sentinel://a/main?db=x", "option"), ("redis+cluster://a?ssl_cert_reqs=none", "option"),
])  # fmt: skip
def test_an_address_that_redis_py_would_misread_is_refused(address: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        of_redis.require_address(address)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("address", [
    "postgresql://h", "postgresql://u:p%40@h:5432/db?sslmode=require", "host=h port=5432 user=u", "postgresql://a:1,b:2/d",
    "postgresql:///db?host=/run/postgresql",
])  # fmt: skip
def test_an_address_of_postgresql_is_taken(address: str) -> None:
    of_database.require_address(address)


@pytest.mark.parametrize("address", [
    f"postgresql://u:{SECRET}@h/db?foo=1", f"postgresql://u:{SECRET}@h:port/db", f"postgresql://u:{SECRET}@h:70000/db",
    "redis://h", SECRET, f"host='{SECRET}", f"host=h colour={SECRET}",
])  # fmt: skip
def test_an_address_that_libpq_cannot_read_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address of a database") as refused:
        of_database.require_address(address)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_both_are_named_at_once_by_their_variables() -> None:
    with pytest.raises(SettingsError) as refused:
        load(WriterSettings, {"SLUICE_REDIS_URL": "redis://h/x", "SLUICE_DATABASE_URL": "postgresql://h?x=1"})
    assert re.match(r"SLUICE_REDIS_URL: .*; SLUICE_DATABASE_URL is no address", str(refused.value))
