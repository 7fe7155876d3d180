"""What a server has said over plain sockets, and whether that is exactly what it has stored."""

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.system.samples import KINDS, Json, Kind


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    status: int
    body: Json
    """Empty where it is no JSON object."""

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.body.get("code", ""))

    @property
    def ids(self) -> set[str]:
        """The ids that a batch was announced with."""
        return {one for one in self._ids if one}

    @property
    def unsure(self) -> int:
        """How many records were announced without an id, because only the write tells it."""
        return sum(one is None for one in self._ids)

    @property
    def _ids(self) -> list[str | None]:
        return [one for kind in KINDS for one in self.body.get(kind.ids_member, ())]


def replies(stream: bytes) -> Iterator[Reply]:
    """All answers in what a connection has brought."""
    wire = _Wire(stream)
    while wire.tell() < len(stream):
        response = http.client.HTTPResponse(wire)  # type: ignore[arg-type]
        response.begin()
        data = b""
        with suppress(http.client.IncompleteRead):  # an answer to HEAD says how long the body would be
            data = response.read()
        body = None
        with suppress(ValueError):
            body = json.loads(data)
        yield Reply(response.status, body if isinstance(body, dict) else {})


class _Wire(io.BytesIO):
    """Bytes that http.client takes for a socket, and that stay open after an answer."""

    def makefile(self, *_: object) -> "_Wire":
        return self

    def close(self) -> None:
        pass


def differences(database_url: str, tenants: list[str], acknowledged: list[Reply], dry: set[str]) -> Iterator[str]:
    """What the answers say of these tenants' batches and the database does not, and the other way round.

    `dry` are jobs that may have been dry runs, of which nothing is kept.
    """
    named = {reply.body["job_id"]: reply for reply in acknowledged}
    announced = {one for reply in acknowledged for one in reply.ids}
    with psycopg.connect(database_url, row_factory=namedtuple_row) as database:
        query = "SELECT * FROM ingest.job WHERE tenant_id::text = ANY(%s)"
        jobs = {str(job.job_id): job for job in database.execute(query, [tenants])}
        rows = [str(own) for kind in KINDS for (own,) in database.execute(_rows(kind), [tenants])]
    if invented := jobs.keys() - named.keys():
        yield f"{len(invented)} jobs that no answer names: {sorted(invented)[:5]}"
    if lost := named.keys() - jobs.keys() - dry:
        yield f"{len(lost)} jobs are acknowledged and not there: {sorted(lost)[:5]}"
    for job in jobs.keys() & named.keys():
        if jobs[job].total != named[job].body["total_submitted"]:
            yield f"job {job} has {jobs[job].total} records, was answered {named[job].body}"
    if len(rows) != (created := sum(job.created for job in jobs.values())):
        yield f"the jobs created {created} records, there are {len(rows)}"
    strange = set(rows) - announced
    if len(strange) > sum(reply.unsure for reply in acknowledged):
        yield f"{len(strange)} records were never announced: {sorted(strange)[:5]}"
    written = {one for reply in acknowledged if reply.status == 201 for one in reply.ids}
    if missing := written.difference(rows):
        yield f"{len(missing)} records are said to be written and are not: {sorted(missing)[:5]}"


def _rows(kind: Kind) -> sql.Composed:
    return sql.SQL("SELECT {id} FROM {table} WHERE tenant_id::text = ANY(%s)").format(
        id=sql.Identifier(kind.id_field), table=sql.Identifier("inventory", kind.table)
    )
