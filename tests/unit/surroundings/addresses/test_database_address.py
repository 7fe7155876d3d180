"""An address that cannot be read is refused at boot, and is not repeated."""

import pytest

from libs.database.server.pool import open_pool


@pytest.mark.parametrize("address", ["postgresql://u:s3cret@h/x?nonsense=1", "no address s3cret", "host='s3cret"])
def test_a_bad_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ValueError, match="SLUICE_DATABASE_URL") as refused:
        open_pool(address, "sluice_reader", name="test", size=1, statement_timeout_s=1, timeout_s=1.0)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
