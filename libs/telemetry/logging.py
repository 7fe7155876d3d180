"""JSON logs on standard error, one event a line: ids and counts, never the content of a record. To log never fails."""

import logging
import sys
from typing import Annotated, TypeAlias

import structlog
from msgspec import Meta

from libs.telemetry.metrics.process import LOG_LINES_DROPPED
from libs.telemetry.process.outlet import never_wait_for_stderr

LogLevel: TypeAlias = Annotated[str, Meta(pattern="^(?i:debug|info|warning|error|critical)\\Z")]


def configure(level: str, service: str) -> None:
    """Send structlog's events, and those of libraries, to standard error as JSON; nobody waits for who reads it."""
    outlet = never_wait_for_stderr()
    outlet.dropped = LOG_LINES_DROPPED.inc

    def named(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        named,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _bare_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[_drop_internals, structlog.processors.JSONRenderer()]
        )
    )
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _bare_exception(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by its type and SQLSTATE: PostgreSQL's texts quote the row that it refuses."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        if sqlstate := getattr(error, "sqlstate", None):
            event["sqlstate"] = sqlstate
    return event


def _drop_internals(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
