"""Loads a file: each segment becomes a batch, under a key of its own; what is open is looked after until it has ended.

A run that dies repeats one segment at most, with the same key and the same rows, which the job store answers with the
same job. What a store has lost is sent again in the same way, and the ledger knows what of it is written.
"""

import redis
import structlog

from libs.contracts.tasks.types.load import LoadResult
from libs.tasks.context import CancelledError, Context, ParkError
from services.processor.loading.load import Load
from services.processor.tools import Tools

log = structlog.get_logger()

AWAY_S = 2.0
"""How long a load rests where Redis does not answer; that is no error of its own, whatever it takes."""


def run(context: Context, tools: Tools) -> LoadResult:
    """Load a file."""
    load = Load(context, tools)
    try:
        try:
            return load.run()
        except CancelledError:
            load.cancel()
            raise
    except redis.RedisError as error:
        log.warning("load_interrupted", exc_info=error)
        raise ParkError(AWAY_S) from error
