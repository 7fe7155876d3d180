"""What gunicorn loads: `services.ingest.wsgi:app`, in each of its workers."""

import gc
import os
import sys

import redis

from libs.contracts.texts import said
from libs.jobs.server.connection import DurabilityError
from libs.jobs.watching.measuring import measured
from libs.settings import SettingsError, load
from libs.telemetry import health
from libs.telemetry.exposition import exposed
from libs.telemetry.logging import configure
from libs.telemetry.state import StateCollector, Values
from libs.telemetry.traces.spans import turn_on
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
        turn_on("ingest")
        service = create_service(settings)
        registry = exposed("ingest")
        registry.register(StateCollector({"redis": lambda: _state(service)}))
        health.serve(settings.metrics_bind, registry, lambda: "draining" if service.operators.draining else "")
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER)
    except (SettingsError, DurabilityError, ValueError, OSError) as error:
        sys.stderr.write(f"sluice ingest: {error}\n")
        sys.exit(BOOT_ERROR)
    except redis.RedisError as error:
        sys.stderr.write(f"sluice ingest: {said('REDIS_AWAY', reason=error)}\n")
        sys.exit(BOOT_ERROR)
    return service


def _state(service: Service) -> Values:
    limits = service.admission.limits()
    return measured(service.store, service.broker.depths) | {
        "sluice_admission_used_ratio": {(limit,): used / most for limit, (used, most) in limits.items()},
        "sluice_admission_limit_bytes": {(limit,): most for limit, (_, most) in limits.items()},
    }


service = boot()
app = service.app
