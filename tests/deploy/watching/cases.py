"""For each alert, what a Prometheus sees when it has to fire, and what looks nearly the same and is no reason to.

Series as promtool writes them, a value a minute: `5x60` stays 5 for an hour, `0+10x60` grows by 10 a minute.
"""

from dataclasses import dataclass, field

IN = 'namespace="a", instance="i"'
BATCH = (
    f'sluice_requests_total{{{IN}, route="/api/v1/tenants/{{tenant_id}}/batch/recipients", method="POST", status="%s"}}'
)
REFUSED = f'sluice_admission_refusals_total{{{IN}, scope="%s"}}'
COMMITS = f'sluice_commit_seconds_%s{{{IN}, lane="normal"%s}}'
STAYS, GROWS, NEVER = "1x420", "0+10x420", "0x420"


def build(service: str) -> dict[str, str]:
    """A process of a service that is scraped."""
    return {f'sluice_build_info{{namespace="a", instance="{service}", service="{service}"}}': STAYS}


def gauge(name: str, values: str, labels: str = "") -> dict[str, str]:
    """One series of an instance."""
    return {f"{name}{{{IN}{', ' if labels else ''}{labels}}}": values}


def batches(good: str, faults: str, refused: str = NEVER) -> dict[str, str]:
    """Batches that ingest has accepted, failed at, and refused for want of room, which are 503 as well."""
    counts = {BATCH % "201": good, BATCH % "503": faults, REFUSED % "all": refused, REFUSED % "memory": NEVER}
    return counts | {f'sluice_build_info{{{IN}, service="ingest"}}': STAYS}


def commits(within_a_minute: str, every: str) -> dict[str, str]:
    """Chunks by how old they were when they were committed."""
    return {COMMITS % ("bucket", ', le="60.0"'): within_a_minute, COMMITS % ("count", ""): every}


@dataclass(frozen=True)
class Case:
    """Looked at `after` so long; where it fires, its labels are `labels`."""

    alert: str
    fires: dict[str, str]
    silent: dict[str, str]
    after: str = "30m"
    labels: dict[str, str] = field(default_factory=lambda: {"namespace": "a"})


OF_INSTANCE = {"namespace": "a", "instance": "i"}

CASES = (
    # 3 % of errors now and over an hour; the same where few requests come, or where it is what a limit refuses.
    Case("SluiceAcceptErrorsFast", batches("0+97x420", "0+3x420"), batches("0+1x420", "0+0x420"), "90m"),
    Case("SluiceAcceptErrorsFast", batches("0+97x420", "0+3x420"), batches("0+97x420", "0+3x420", "0+3x420"), "90m"),
    Case("SluiceAcceptErrorsFast", batches("0+97x420", "0+3x420"), batches("0+1x420", "0+0.5x420"), "90m"),
    # It is over: the last five minutes are good.
    Case("SluiceAcceptErrorsFast", batches("0+97x420", "0+3x420"), batches("0+97x420", "0+3x90 270x330"), "110m"),
    Case("SluiceAcceptErrorsSlow", batches("0+992x420", "0+8x420"), batches("0+996x420", "0+4x420"), "90m"),
    Case("SluiceFreshnessFast", commits("0+8x420", GROWS), commits("0+9x420", GROWS), "90m"),
    Case("SluiceFreshnessFast", commits("0+8x420", GROWS), commits("0+0.1x420", "0+0.2x420"), "90m"),
    Case("SluiceFreshnessSlow", commits("0+92x420", "0+100x420"), commits("0+95x420", "0+100x420"), "90m"),
    Case("SluiceNoIngest", build("writer"), build("writer") | build("ingest")),
    Case("SluiceNoIngest", {}, build("ingest"), labels={"service": "ingest"}),
    Case(
        "SluiceNoWriters",
        gauge("sluice_open_chunks", "5x60", 'lane="low", state="available"') | build("ingest"),
        gauge("sluice_open_chunks", "5x60", 'lane="low", state="available"') | build("writer"),
    ),
    # Scaled to zero, and nothing waits.
    Case(
        "SluiceNoWriters",
        gauge("sluice_open_chunks", "5x60", 'lane="low", state="deferred"'),
        gauge("sluice_open_chunks", "0x60", 'lane="low", state="deferred"'),
    ),
    Case("SluiceNoProcessors", build("ingest"), build("ingest") | build("processor")),
    # One process that can read is enough: the others have a trouble of their own.
    Case(
        "SluiceStateUnreadable",
        gauge("sluice_state_readable", "0x60", 'store="redis"'),
        gauge("sluice_state_readable", "0x60", 'store="redis"')
        | {'sluice_state_readable{namespace="a", instance="j", store="redis"}': "1x60"},
        labels={"namespace": "a", "store": "redis"},
    ),
    Case(
        "SluiceStateUnreadable",
        gauge("sluice_state_readable", "0x60", 'store="postgres"'),
        gauge("sluice_state_readable", "0x60", 'store="backups"'),
        labels={"namespace": "a", "store": "postgres"},
    ),
    Case(
        "SluiceWritersStuck",
        gauge("sluice_longest_chunk_seconds", "150x60"),
        gauge("sluice_longest_chunk_seconds", "60x60"),
        labels=OF_INSTANCE,
    ),
    Case(
        "SluiceOldestOpen",
        gauge("sluice_oldest_open_job_seconds", "0+60x60"),
        gauge("sluice_oldest_open_job_seconds", "200x60"),
    ),
    Case(
        "SluicePoolExhausted",
        gauge("sluice_pool_connections", "2x60", 'state="waiting"'),
        gauge(
            "sluice_pool_connections",
            "2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2 0 2",
            'state="waiting"',
        ),
        labels=OF_INSTANCE,
    ),
    Case(
        "SluiceTasksWait",
        gauge("sluice_oldest_waiting_task_seconds", "1000x60"),
        gauge("sluice_oldest_waiting_task_seconds", "600x60"),
    ),
    Case(
        "SluiceTasksFail",
        gauge("sluice_tasks_ended_total", GROWS, 'type="load", status="failed"')
        | gauge("sluice_tasks_ended_total", "0+1x420", 'type="load", status="completed"'),
        gauge("sluice_tasks_ended_total", "0+1x420", 'type="load", status="failed"')
        | gauge("sluice_tasks_ended_total", GROWS, 'type="load", status="completed"'),
        "90m",
        labels={"namespace": "a", "type": "load"},
    ),
    Case(
        "SluiceScheduleOverdue",
        gauge("sluice_schedules_overdue_seconds", "1000x60"),
        gauge("sluice_schedules_overdue_seconds", "60x60"),
    ),
    Case(
        "SluiceBackupOld",
        gauge("sluice_backup_age_seconds", "100000x90"),
        gauge("sluice_backup_age_seconds", "90000x90"),
        "60m",
    ),
    Case("SluiceBackupOld", gauge("sluice_backup_age_seconds", "1e18x90"), build("ingest"), "60m"),
    Case(
        "SluiceBackupOld", build("processor"), build("processor") | gauge("sluice_backup_age_seconds", "3600x90"), "60m"
    ),
    Case(
        "SluiceBacklogFills",
        gauge("sluice_admission_used_ratio", "0.7x60", 'limit="backlog"'),
        gauge("sluice_admission_used_ratio", "0.4x60", 'limit="backlog"'),
    ),
    Case(
        "SluiceMemoryFills",
        gauge("sluice_admission_used_ratio", "0.9x60", 'limit="memory"'),
        gauge("sluice_admission_used_ratio", "0.9x60", 'limit="backlog"'),
    ),
    Case(
        "SluiceRefusals",
        {REFUSED % "tenant": GROWS},
        {REFUSED % "tenant": NEVER},
        labels={"namespace": "a", "scope": "tenant"},
    ),
    Case(
        "SluiceLanePaused",
        gauge("sluice_lane_paused", "1x120", 'lane="low"'),
        gauge("sluice_lane_paused", "1x30 0x90", 'lane="low"'),
        "70m",
        labels={"namespace": "a", "lane": "low"},
    ),
    Case("SluiceLeasesLost", gauge("sluice_leases_lost_total", "0x22 1x30"), gauge("sluice_leases_lost_total", "4x60")),
    Case("SluiceJobsLost", gauge("sluice_jobs_lost_total", "0x22 1x30"), gauge("sluice_jobs_lost_total", "4x60")),
    # A writer that was killed has counted less; a database that was set back has fewer numbers than it had.
    Case(
        "SluiceLedgerDiffers",
        {**gauge("sluice_commit_seconds_count", GROWS), **gauge("sluice_ledger_entries", "5000+8x420")},
        {**gauge("sluice_commit_seconds_count", "0+9x420"), **gauge("sluice_ledger_entries", "5000+10x420")},
        "120m",
    ),
    Case(
        "SluiceLedgerDiffers",
        {**gauge("sluice_commit_seconds_count", GROWS), **gauge("sluice_ledger_entries", "5000+10x90 3000+10x300")},
        {**gauge("sluice_commit_seconds_count", "0+0.2x420"), **gauge("sluice_ledger_entries", "5000x420")},
        "120m",
    ),
    Case(
        "SluiceUnexpectedErrors",
        gauge("sluice_problems_total", "0x22 1x30", 'code="INTERNAL"'),
        gauge("sluice_problems_total", GROWS, 'code="QUEUE_UNAVAILABLE"'),
        labels={"namespace": "a", "code": "INTERNAL"},
    ),
    Case(
        "SluiceUnexpectedErrors",
        gauge("sluice_chunk_retries_total", "0x22 1x30", 'kind="unexpected"'),
        gauge("sluice_chunk_retries_total", GROWS, 'kind="unavailable"'),
        labels={"namespace": "a", "kind": "unexpected"},
    ),
    Case(
        "SluiceSchemaLacks",
        gauge("sluice_chunk_retries_total", "0x22 1x30", 'kind="mending"'),
        gauge("sluice_chunk_retries_total", GROWS, 'kind="contended"'),
    ),
    Case(
        "SluiceWritesContended",
        gauge("sluice_chunk_retries_total", "0+120x420", 'kind="contended"'),
        gauge("sluice_chunk_retries_total", "0+30x420", 'kind="contended"'),
    ),
    Case(
        "SluiceTickFailures",
        gauge("sluice_tick_failures_total", "0+1x60", 'thread="sweep"'),
        gauge("sluice_tick_failures_total", "0x22 3x30", 'thread="sweep"'),
        labels={"namespace": "a", "thread": "sweep"},
    ),
    Case("SluiceAuditAside", gauge("sluice_audit_aside_total", "0x22 1x30"), gauge("sluice_audit_aside_total", "4x60")),
    Case(
        "SluiceUnreadable",
        gauge("sluice_unreadable_total", "0x22 1x30", 'kind="due"'),
        gauge("sluice_unreadable_total", "4x60", 'kind="due"'),
        labels={"namespace": "a", "kind": "due"},
    ),
    Case(
        "SluiceFilesRefused",
        gauge("sluice_problems_total", "0x22 1x30", 'code="STORAGE_FULL"'),
        gauge("sluice_problems_total", GROWS, 'code="FILE_TOO_LARGE"'),
        labels={"namespace": "a", "code": "STORAGE_FULL"},
    ),
    Case(
        "SluiceKeysNotFetched",
        gauge("sluice_key_fetches_total", "0+1x60", 'result="failed"'),
        gauge("sluice_key_fetches_total", "0+1x60", 'result="good"'),
        "40m",
    ),
    Case(
        "SluiceWebhooksNotTaken",
        gauge("sluice_webhooks_waiting", "150x60"),
        gauge("sluice_webhooks_waiting", "50x60"),
    ),
    Case(
        "SluiceWebhooksNotTaken",
        gauge("sluice_webhooks_total", "0x5 1x60", 'result="given_up"'),
        gauge("sluice_webhooks_total", GROWS, 'result="failed"'),
    ),
    Case(
        "SluiceLogLinesDropped",
        gauge("sluice_log_lines_dropped_total", GROWS),
        gauge("sluice_log_lines_dropped_total", "70x60"),
        labels=OF_INSTANCE,
    ),
    Case(
        "SluiceMetricsIncomplete",
        gauge("sluice_metrics_complete", "0x60"),
        gauge("sluice_metrics_complete", "1x60"),
        labels=OF_INSTANCE,
    ),
)
