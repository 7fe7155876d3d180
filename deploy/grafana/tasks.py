"""Tasks, files, schedules, backups, webhooks: what processors do."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.board import Question, build
from deploy.grafana.panels import HALF, HERE, OWN, Query, lines, quantile, rate, seen


def board() -> Dashboard:
    """What one opens when a load, a report or a backup does not come."""
    return build(
        "sluice-tasks",
        "Tasks and files",
        "What processors have to do, how long it takes, and what did not come.",
        [_keep_up(), _clock(), _files(), _outside(), _processes()],
    )


def _keep_up() -> Question:
    return Question(
        "Do tasks get done?",
        lines(
            "Not ended",
            "By type and state.",
            "short",
            Query(
                seen("sluice_tasks", "type, state") + " > 0 or " + seen("sluice_tasks", "type, state", 'type="load"'),
                "{{type}} {{state}}",
            ),
            stacked=True,
        ),
        lines(
            "Longest wait",
            "Of a task that has not ended and that nobody works on.",
            "s",
            Query(seen("sluice_oldest_waiting_task_seconds"), "{{namespace}}"),
            limit=900,
            runbook="SluiceTasksWait",
        ),
        lines(
            "Ended",
            "A second, by type and how.",
            "short",
            Query(rate("sluice_tasks_ended_total", "type, status"), "{{type}} {{status}}"),
            stacked=True,
            runbook="SluiceTasksFail",
        ),
        lines(
            "How long they run",
            "The slowest twentieth of each type, from a lease to its end.",
            "s",
            Query(quantile(0.95, "sluice_task_run_seconds", "type"), "{{type}}"),
            width=HALF,
        ),
        lines(
            "Published again",
            "Tasks a second that were due and that nobody had.",
            "short",
            Query(rate("sluice_swept_tasks_total", "instance"), "{{instance}}"),
            width=HALF,
        ),
    )


def _clock() -> Question:
    return Question(
        "Does what is to happen by the clock happen?",
        lines(
            "Overdue",
            "For how long the schedule that was due first has been due.",
            "s",
            Query(seen("sluice_schedules_overdue_seconds"), "{{namespace}}"),
            limit=900,
            runbook="SluiceScheduleOverdue",
        ),
        lines(
            "Schedules of the system",
            "How long ago each ran, or was made.",
            "s",
            Query(seen("sluice_schedule_age_seconds", "schedule"), "{{schedule}}"),
        ),
        lines(
            "Newest backup",
            "That was restored and compared.",
            "s",
            Query(f"min by (namespace) (sluice_backup_age_seconds{{{HERE}}} < Inf)", "{{namespace}}"),
            limit=26 * 3600,
            runbook="SluiceBackupOld",
        ),
        lines(
            "Opened by schedules",
            "Jobs a second.",
            "short",
            Query(rate("sluice_schedules_fired_total", "instance"), "{{instance}}"),
            width=HALF,
        ),
        lines(
            "Records of loads and scanners",
            "Settled a second, whoever brought them.",
            "short",
            Query(rate("sluice_records_total", "entity, outcome"), "{{entity}} {{outcome}}"),
            width=HALF,
            stacked=True,
        ),
    )


def _files() -> Question:
    return Question(
        "Do files come in and get loaded?",
        lines("Bytes", "A second.", "Bps", Query(rate("sluice_upload_bytes_total"), "bytes")),
        lines(
            "Files",
            "Received to their end, a second, by protocol.",
            "short",
            Query(rate("sluice_uploads_total", "kind"), "{{kind}}"),
        ),
        lines(
            "Answers to requests for files",
            "A second, by status.",
            "reqps",
            Query(
                rate("sluice_requests_total", "status", f'{OWN}, route=~"/api/v1/(files|jobs/load).*"'), "{{status}}"
            ),
            stacked=True,
            runbook="SluiceFilesRefused",
        ),
    )


def _outside() -> Question:
    return Question(
        "Do others hear of it?",
        lines(
            "Webhooks that wait",
            "And are tried again for three and a half days.",
            "short",
            Query(seen("sluice_webhooks_waiting"), "{{namespace}}"),
            width=HALF,
            limit=100,
            runbook="SluiceWebhooksNotTaken",
        ),
        lines(
            "Attempts",
            "A second.",
            "short",
            Query(rate("sluice_webhooks_total", "result"), "{{result}}"),
            width=HALF,
            stacked=True,
        ),
    )


def _processes() -> Question:
    mine = '* on (namespace, instance) group_left () (sluice_build_info{service="processor"})'
    return Question(
        "Are the processes well?",
        lines(
            "CPU",
            "Cores.",
            "short",
            Query(f"rate(process_cpu_seconds_total{{{OWN}}}[$__rate_interval]) {mine}", "{{instance}}"),
        ),
        lines(
            "Memory",
            "Resident; the programs that make packages and backups have their own.",
            "bytes",
            Query(f"process_resident_memory_bytes{{{OWN}}} {mine}", "{{instance}}"),
        ),
        lines(
            "Connections",
            "To PostgreSQL, by what they do.",
            "short",
            Query(f"sum by (instance, state) (sluice_pool_connections{{{OWN}}} {mine})", "{{instance}} {{state}}"),
            runbook="SluicePoolExhausted",
        ),
    )
