"""What gunicorn loads: `services.console.asgi:app`, in its worker."""

import os
import sys

import redis

from libs.contracts.texts import said
from libs.jobs.server.connection import DurabilityError
from libs.settings import SettingsError, load
from libs.telemetry import health
from libs.telemetry.exposition import exposed
from libs.telemetry.logging import configure
from libs.telemetry.traces.spans import turn_on
from services.console.app import Console, create_app
from services.console.settings import ConsoleSettings

BOOT_ERROR = 4
"""gunicorn's exit status for an application that cannot be loaded: it stops instead of starting workers for ever."""


def boot() -> Console:
    """Read the settings and build the console; ends the process with a message where that cannot be."""
    try:
        settings = load(ConsoleSettings, os.environ)
        configure(settings.log_level, "console")
        turn_on("console")
        console = create_app(settings)
        health.serve(settings.metrics_bind, exposed("console"), lambda: "draining" if console.hub.leaving else "")
    except (SettingsError, DurabilityError, ValueError, OSError) as error:
        sys.stderr.write(f"sluice console: {error}\n")
        sys.exit(BOOT_ERROR)
    except redis.RedisError as error:
        sys.stderr.write(f"sluice console: {said('REDIS_AWAY', reason=error)}\n")
        sys.exit(BOOT_ERROR)
    return console


console = boot()
app = console.app
