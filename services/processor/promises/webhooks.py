"""Sends what is to be told outside, and says which ends of tasks are."""

import time
from collections.abc import Callable, Sequence

import msgspec
import structlog

from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.report import REPORT, ReportResult
from libs.contracts.texts import said
from libs.contracts.webhooks import Event, EventType, JobEnded, NewLetter, ReportMade, letter
from libs.telemetry.metrics.webhooks import WEBHOOKS
from libs.webhooks.destinations import Target, UnfitError, addresses
from libs.webhooks.outbox import Letter, Outbox
from libs.webhooks.posting import UndeliveredError, post
from libs.webhooks.settings import WebhookSettings
from libs.webhooks.signing import headers, secrets_in

log = structlog.get_logger()

SEND_EVERY_S = 1.0
LONGEST_TICK_S = 10.0
"""A tick ends with the first failure, too: whoever does not answer is not asked again and again."""


def check_webhook(settings: WebhookSettings) -> Target | None:
    """Where webhooks go, if anywhere. Raises ValueError, OSError where nothing may be sent there, or not be signed."""
    target = settings.target
    if target is None:
        return None
    secrets_in(settings.webhook_secret_file)
    try:
        addresses(target, settings.networks)
    except UnfitError as error:
        raise ValueError(said("WEBHOOK_ADDRESS")) from error
    except OSError as error:  # names may be away when a service starts; each sending asks again
        log.warning("webhook_name_away_at_boot", reason=type(error).__name__)
    return target


def tells(settings: WebhookSettings) -> Callable[[Task], Sequence[NewLetter]] | None:
    """What is told of a task that has ended, written down with its end; None where nothing ever is.

    Nothing is of the tasks that another one has opened: it stands for them.
    """
    if settings.target is None:
        return None
    events = frozenset(settings.events)

    def told(task: Task) -> Sequence[NewLetter]:
        happened: list[tuple[EventType, msgspec.Struct]] = []
        if task.type == REPORT.name and task.status is JobStatus.COMPLETED:
            happened.append(("report.made", _made(task)))
        if task.parent_id is None:
            happened.append(("job.ended", _ended(task)))
        return [
            letter(task.tenant_id, Event(type=name, timestamp=task.updated_at, data=data))
            for name, data in happened
            if name in events
        ]

    return told


def _made(task: Task) -> ReportMade:
    result = msgspec.convert(task.result, ReportResult)
    return ReportMade(tenant_id=task.tenant_id, job_id=task.task_id, report=result)


def _ended(task: Task) -> JobEnded:
    return JobEnded(
        tenant_id=task.tenant_id, job_id=task.task_id, type=task.type, entity=task.entity, status=task.status,
        error=task.error, records=task.records, created_at=task.created_at, finished_at=task.finished_at,
    )  # fmt: skip


class WebhookWatch:
    """One processor's sending."""

    def __init__(self, outbox: Outbox, settings: WebhookSettings, target: Target) -> None:
        self._outbox = outbox
        self._settings = settings
        self._target = target

    def send(self) -> None:
        """Send what is due, as long as it is taken. Raises psycopg.Error, ValueError, OSError."""
        began = time.monotonic()
        secrets = secrets_in(self._settings.webhook_secret_file)
        while time.monotonic() - began < LONGEST_TICK_S:
            letter = self._outbox.claim()
            if letter is None:
                self._outbox.forget_old()
                return
            if not self._sent(letter, secrets):
                return

    def _sent(self, letter: Letter, secrets: Sequence[bytes]) -> bool:
        body = letter.body.encode()
        signed = headers(secrets, str(letter.event_id), int(time.time()), body)
        settings = self._settings
        try:
            post(self._target, body, signed, networks=settings.networks, seconds=settings.webhook_seconds)
        except UndeliveredError as error:
            goes_on = self._outbox.failed(letter, error.reason)
            WEBHOOKS.labels("failed" if goes_on else "given_up").inc()
            log.warning("webhook_not_taken", attempt=letter.attempts, reason=error.reason)
            return False
        self._outbox.taken(letter)
        WEBHOOKS.labels("taken").inc()
        return True
