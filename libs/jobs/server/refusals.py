"""What whoever asks is told where Redis does not do what it should."""

import redis

from libs.contracts.refusals import Refusal
from libs.jobs.server.connection import DurabilityError


def refusal_of(error: redis.RedisError) -> Refusal:
    """The problem that stands for an error of Redis."""
    match error:
        case DurabilityError():
            return Refusal("QUEUE_NOT_DURABLE")
        case redis.exceptions.OutOfMemoryError():
            return Refusal("QUEUE_FULL", percent=100)
        case _:
            return Refusal("QUEUE_UNAVAILABLE")
