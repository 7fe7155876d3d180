"""What is taken up of a file with an address: another login, and nothing else."""

from pathlib import Path

import pytest

from libs.database.server.address import current_address as of_database
from libs.filed import FiledAddress
from libs.jobs.server.address import current_address as of_redis
from libs.jobs.server.address import login_of
from libs.settings import load
from services.writer.settings import WriterSettings

DATABASE = "postgresql://u:old@h/d?sslmode=require"
REDIS = "redis://u:old@h:1/2"
SENTINELS = "redis+sentinel://u:old@a,b/main?sentinel_password=old"


def filed(folder: Path, text: str) -> FiledAddress:
    """An address that stands in a file."""
    (folder / "address").write_text(text + "\n")
    environ = {"SLUICE_REDIS_URL": "redis://h", "SLUICE_DATABASE_URL": "postgresql://h"}
    name = "SLUICE_DATABASE_URL" if text.startswith("postgresql") else "SLUICE_REDIS_URL"
    settings = load(WriterSettings, environ | {name: "", f"{name}_FILE": str(folder / "address")})
    address = settings.database_url if text.startswith("postgresql") else settings.redis_url
    assert isinstance(address, FiledAddress)
    return address


@pytest.mark.parametrize(("before", "after"), [
    (DATABASE, "host=h user=other password='n e w' dbname=d sslmode=require"),
    (DATABASE, "postgresql://u@h/d?sslmode=require"),
    (REDIS, "redis://:n%40w@h:1/2"), (REDIS, "redis://h:1/2"), ("redis://h:1/2", REDIS),
    (SENTINELS, "redis+sentinel://u:new@a,b/main?sentinel_username=s&sentinel_password=new"),
])  # fmt: skip
def test_another_login_counts_from_now_on(tmp_path: Path, before: str, after: str) -> None:
    address, of_now = filed(tmp_path, before), of_database if before == DATABASE else of_redis
    assert of_now(address) == before
    (tmp_path / "address").write_text(after)
    assert (of_now(address), str(address)) == (after, before)


@pytest.mark.parametrize(("before", "after"), [
    (DATABASE, "postgresql://u:new@other/d?sslmode=require"), (DATABASE, "postgresql://u:new@h/d"),
    (DATABASE, "postgresql://u:new@h/d?sslmode=require&x=1"), (DATABASE, ""), (DATABASE, "nonsense"),
    (REDIS, "redis://u:new@h:1/3"), (REDIS, "rediss://u:new@h:1/2"), (REDIS, ""), (REDIS, "redis+sentinel://u:new@h/x"),
    (SENTINELS, "redis+sentinel://u:new@a/main?sentinel_password=new"),
])  # fmt: skip
def test_what_is_no_address_or_another_ones_changes_nothing(tmp_path: Path, before: str, after: str) -> None:
    address, of_now = filed(tmp_path, before), of_database if before == DATABASE else of_redis
    newer = before.replace("old", "newer")
    (tmp_path / "address").write_text(newer)
    assert of_now(address) == newer
    (tmp_path / "address").write_text(after)
    assert of_now(address) == newer
    (tmp_path / "address").unlink()
    assert of_now(address) == newer


def test_an_address_in_no_file_is_what_it_is() -> None:
    assert of_redis(REDIS) == REDIS
    assert of_database(DATABASE) == DATABASE


def test_the_login_is_that_of_who_holds_data() -> None:
    assert login_of(SENTINELS) == login_of(REDIS) == ("u", "old")
    assert login_of("redis://h") == (None, None)
