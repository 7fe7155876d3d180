"""The limit: one connection, the server's own COPY of all rows from files that were written beforehand.

Nothing is decoded, validated, looked up or answered; what is left is PostgreSQL putting rows into the same tables with
the same indexes.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from libs.contracts import binary
from libs.contracts.chunks import ChunkRecords, IdMaker
from libs.contracts.inventory.rows import ID_FIELD, split_ids
from libs.intake.chunking import chunk_content
from libs.intake.validation.batch import validate
from libs.intake.validation.bodies import JSON
from tests.benchmarks.batches import Batch, Workload
from tests.benchmarks.inventory import ACTIVITIES, check_stored, seed
from tests.benchmarks.running.servers import Servers
from tests.benchmarks.sides.contest import Timing


@dataclass(frozen=True)
class CopyFile:
    """All rows of one table, in PostgreSQL's binary format."""

    path: Path
    table: str
    columns: tuple[str, ...]

    @property
    def statement(self) -> sql.Composed:
        """COPY on the server's side."""
        return sql.SQL("COPY {} ({}) FROM {} (FORMAT binary)").format(
            sql.Identifier("inventory", self.table),
            sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            sql.Literal(str(self.path)),
        )


def limit(servers: Servers, template: str) -> Callable[[Workload], dict[str, Timing]]:
    """The side that copies files into clones of `template`."""
    written: dict[str, list[CopyFile]] = {}

    def run(workload: Workload) -> dict[str, Timing]:
        if workload.name not in written:
            written[workload.name] = write_files(servers.postgres.data_dir / "files" / template, workload)
        first = workload.passes[0]
        with servers.database(template) as url:
            seed(url, workload)
            with psycopg.connect(url) as connection:
                started = time.perf_counter()
                for file in written[workload.name]:
                    connection.execute(file.statement)
                connection.commit()
                seconds = time.perf_counter() - started
            check_stored(url, workload)
        return {first.name: Timing(first.records, seconds)}

    return run


def write_files(folder: Path, workload: Workload) -> list[CopyFile]:
    """Write the valid records of the first pass: the activities, then a file for each link table that is used."""
    folder.mkdir(parents=True, exist_ok=True)
    owner = ACTIVITIES.id_field
    columns = ("tenant_id", *_packed(workload.passes[0].batches[0]).columns, "job_id")
    files = [CopyFile(folder / workload.name, ACTIVITIES.table, columns)]
    files += [
        CopyFile(folder / f"{workload.name}-{link.table}", link.table, ("tenant_id", owner, link.column))
        for link in ACTIVITIES.links
    ]
    with (
        files[0].path.open("wb") as records,
        files[1].path.open("wb") as first,
        files[2].path.open("wb") as second,
        files[3].path.open("wb") as third,
    ):
        streams = (records, first, second, third)
        for stream in streams:
            stream.write(binary.HEADER)
        for batch in workload.passes[0].batches:
            for stream, part in zip(streams, _parts(batch), strict=True):
                stream.write(part)
        for stream in streams:
            stream.write(binary.TRAILER)
    return files


def _packed(batch: Batch) -> ChunkRecords:
    """A batch's valid records as they are packed for a writer; all batches of a workload have the same columns."""
    valid = validate(ACTIVITIES, JSON, batch.body)
    ids = IdMaker(uuid.uuid4(), time.time_ns() // 1_000_000)
    return chunk_content(ACTIVITIES, ids, valid.indexes, valid.records)


def _parts(batch: Batch) -> Iterator[bytes]:
    """The rows of a batch for each file."""
    packed = _packed(batch)
    tenant, job = binary.uuid(batch.tenant.bytes), binary.uuid(uuid.uuid4().bytes)
    head = binary.row_head(2 + len(packed.columns)) + tenant
    yield b"".join(head + row + job for row in packed.rows)
    head = binary.row_head(3) + tenant
    for link in ACTIVITIES.links:
        lists = packed.links[link.field].lists if link.field in packed.links else []
        yield b"".join(
            head + row[ID_FIELD] + binary.uuid(target)
            for row, ids_of_list in zip(packed.rows, lists, strict=False)
            for target in dict.fromkeys(split_ids(ids_of_list))
        )
