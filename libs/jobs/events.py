"""Tells whoever listens that a task has changed, as the scripts tell of jobs: on the tenant's channel of events."""

import uuid
from typing import Any

import msgspec
import redis
import structlog

from libs.contracts.jobs import JobStatus
from libs.jobs.keys import Keys

log = structlog.get_logger()


class Events:
    """Publishes. A failure is not an error: a message is a hint, and whoever watches looks again by himself."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client: Any = client
        self._keys = Keys(namespace)

    def changed(
        self, tenant_id: uuid.UUID, task_id: uuid.UUID, kind: str, status: JobStatus, version: int, progress: float
    ) -> None:
        """Say that a task has changed."""
        message = {
            "job_id": str(task_id), "type": kind, "status": status.value, "version": version, "progress": progress,
        }  # fmt: skip
        try:
            self._client.publish(self._keys.events(tenant_id), msgspec.json.encode(message))
            if status.ended:
                self._client.publish(self._keys.ended, str(task_id))
        except redis.RedisError as error:
            log.warning("event_not_published", exc_info=error)
