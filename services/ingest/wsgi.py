"""What gunicorn loads: `services.ingest.wsgi:app`, in each of its workers."""

import gc
import os
import sys
from datetime import UTC, datetime

import redis

from libs.contracts.queues import LANES
from libs.jobs.server.connection import DurabilityError
from libs.settings import SettingsError, load
from libs.telemetry import health
from libs.telemetry.logging import configure
from libs.telemetry.metrics import State, StateCollector, ingest_registry
from services.ingest.app import Service, create_service
from services.ingest.settings import IngestSettings

BOOT_ERROR = 4
"""gunicorn's exit status for an application that cannot be loaded: it stops instead of starting workers for ever."""

COLLECT_AFTER = 200_000
"""Objects made and not yet freed before the collector looks for cycles: a large batch makes half as many, and leaves
none."""


def boot() -> Service:
    """Read the settings and build the service; ends the process with a message where that cannot be."""
    try:
        settings = load(IngestSettings, os.environ)
        configure(settings.log_level, "ingest")
        service = create_service(settings)
        registry = ingest_registry()
        registry.register(StateCollector(lambda: _state(service)))
        health.serve(settings.metrics_bind, registry, lambda: "draining" if service.operators.draining else "")
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER)
    except (SettingsError, DurabilityError, ValueError, OSError, redis.RedisError) as error:
        sys.stderr.write(f"sluice ingest: {error}\n")
        sys.exit(BOOT_ERROR)
    return service


def _state(service: Service) -> State:
    load = service.store.load()
    return State(
        queue_depth=service.broker.depths(),
        oldest_open_s=service.store.oldest_open_age_s(datetime.now(UTC)),
        pending_bytes=load.waiting,
        pool={},
        used=service.admission.used(),
        paused={lane: lane in load.paused for lane in LANES},
    )


service = boot()
app = service.app
