"""Which index has refused a row is known in whole tables and in tables that are cut into parts, each with its own."""

import uuid

import psycopg
import pytest
from psycopg import errors

from deploy.local.servers.postgres import PostgresServer
from services.writer.chunks.bisect import write_isolating
from services.writer.inventory.rows import Row
from services.writer.inventory.target import Applied
from tests.servers import cloned_database

TAKEN = (
    "INSERT INTO inventory.recipient (tenant_id, recipient_id, external_id, name_vi, recipient_type, job_id) "
    "SELECT %s, gen_random_uuid(), 'r-1', 'Ngân hàng', 'processor', gen_random_uuid() FROM generate_series(1, 2)"
)


@pytest.mark.parametrize("schema", ["template", "template_in_parts"])
@pytest.mark.parametrize("bare", [False, True], ids=["by its field", "by its words"])
def test_an_external_id_that_is_taken_is_said_to_be(
    request: pytest.FixtureRequest, postgres: PostgresServer, schema: str, bare: bool
) -> None:
    """A node that passes an error on may leave its fields out."""

    def write(_: object) -> Applied:
        with pytest.raises(errors.UniqueViolation) as refused, psycopg.connect(url) as connection:
            connection.execute(TAKEN, [uuid.uuid4()])
        raise errors.UniqueViolation(str(refused.value)) if bare else refused.value

    with cloned_database(postgres.url, request.getfixturevalue(schema)) as url:
        (fault,) = write_isolating(write, [Row(0, 0, False, b"", ())]).faulty[0]
    assert (fault.code, fault.pointer) == ("EXTERNAL_ID_TAKEN", "/external_id")
