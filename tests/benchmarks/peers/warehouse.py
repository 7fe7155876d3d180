"""dlt, a loader of data warehouses: the same bodies from files into tables of its own making.

    python -m tests.benchmarks.peers.warehouse BODIES_FOLDER WORK_FOLDER

Prints {"seconds"} as JSON. The PostgreSQL server is named by dlt's own variable
DESTINATION__POSTGRES__CREDENTIALS.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt


def activities(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The records, a body at a time; the file's name begins with the tenant."""
    for path in sorted(folder.iterdir()):
        tenant = path.name.partition(".")[0]
        yield [{"tenant_id": tenant, **record} for record in json.loads(path.read_bytes())["activities"]]


def main(bodies: str, work: str) -> None:
    """Load once and say how long it took."""
    pipeline = dlt.pipeline("bench", destination="postgres", dataset_name="bench", pipelines_dir=work)
    resource = dlt.resource(activities(Path(bodies)), name="activities", write_disposition="append")
    started = time.perf_counter()
    pipeline.run(resource, loader_file_format="csv")
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
