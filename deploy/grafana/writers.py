"""Writers and lanes: whether they keep up, what holds them, and whether the ledger says the same."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.board import Question, build
from deploy.grafana.panels import HALF, HERE, OWN, Query, lines, quantile, rate, seen, spread


def board() -> Dashboard:
    """What one opens when data is late."""
    return build(
        "sluice-writers",
        "Writers and lanes",
        "Whether what was accepted gets written, what holds it, and by whom.",
        [_keep_up(), _how_long(), _errors(), _database(), _agree(), _processes()],
    )


def _keep_up() -> Question:
    return Question(
        "Do they keep up?",
        lines(
            "Records",
            "Settled a second, by what became of them.",
            "short",
            Query(rate("sluice_records_total", "outcome"), "{{outcome}}"),
            stacked=True,
        ),
        lines(
            "Open chunks by lane",
            "What autoscaling looks at: all that is not deferred, 24 a writer.",
            "short",
            Query(
                f"sum by (namespace, lane) ({seen('sluice_open_chunks', 'lane, state', 'state!=' + chr(34) + 'deferred' + chr(34))})",
                "{{lane}}",
            ),
            stacked=True,
        ),
        lines(
            "Deferred chunks",
            "Put off after an error, until their time comes.",
            "short",
            Query(seen("sluice_open_chunks", "lane", 'state="deferred"'), "{{lane}}"),
            stacked=True,
        ),
        lines(
            "Oldest open batch",
            "How long ago it was accepted.",
            "s",
            Query(seen("sluice_oldest_open_job_seconds"), "{{namespace}}"),
            limit=300,
            runbook="SluiceOldestOpen",
        ),
        lines(
            "Busy threads",
            "Of each writer, at work on a chunk.",
            "short",
            Query(f"sum by (instance) (sluice_writer_busy_threads{{{OWN}}})", "{{instance}}"),
            stacked=True,
        ),
        lines(
            "Waiting and drained",
            "What open jobs count for, and what is settled of it a second.",
            "bytes",
            Query(seen("sluice_pending_bytes"), "waiting"),
            Query(seen("sluice_drain_bytes_per_second"), "settled a second"),
        ),
        lines(
            "Messages in queues",
            "At most a window for each tenant: no measure of what waits.",
            "short",
            Query(seen("sluice_queue_depth", "lane"), "{{lane}}"),
            width=HALF,
        ),
        lines(
            "Paused lanes",
            "1 where an operator has paused the lane.",
            "short",
            Query(seen("sluice_lane_paused", "lane"), "{{lane}}"),
            width=HALF,
            most=1,
            runbook="SluiceLanePaused",
        ),
    )


def _how_long() -> Question:
    return Question(
        "How long does it take?",
        spread(
            "From acceptance to commit",
            "Of chunks: how many took how long.",
            "s",
            f"sum by (le) (increase(sluice_commit_seconds_bucket{{{OWN}}}[$__rate_interval]))",
        ),
        lines(
            "From acceptance to commit, by lane",
            "The slowest hundredth; a minute is promised for 99 %.",
            "s",
            Query(quantile(0.99, "sluice_commit_seconds", "lane"), "{{lane}}"),
            width=HALF,
            limit=60,
            runbook="SluiceFreshnessFast",
        ),
        lines(
            "A chunk",
            "From its lease to its settlement, by kind.",
            "s",
            Query(quantile(0.5, "sluice_chunk_seconds", "entity", f'{OWN}, result="settled"'), "p50 {{entity}}"),
            Query(quantile(0.99, "sluice_chunk_seconds", "entity", f'{OWN}, result="settled"'), "p99 {{entity}}"),
            width=HALF,
        ),
        lines(
            "The longest chunk now",
            "0 where nothing is written.",
            "s",
            Query(f"max by (instance) (sluice_longest_chunk_seconds{{{OWN}}})", "{{instance}}"),
            width=HALF,
            limit=120,
            runbook="SluiceWritersStuck",
        ),
    )


def _errors() -> Question:
    return Question(
        "What holds them, and what goes wrong?",
        lines(
            "Put off",
            "Chunks a second, by the kind of error.",
            "short",
            Query(rate("sluice_chunk_retries_total", "kind"), "{{kind}}"),
            stacked=True,
            runbook="SluiceOldestOpen",
        ),
        lines(
            "Messages",
            "A second, by what became of them; more than `run` is work done twice over.",
            "short",
            Query(rate("sluice_deliveries_total", "answer"), "{{answer}}"),
            stacked=True,
        ),
        lines(
            "Taken over, published again",
            "Leases that ran out, overdue chunks, chunks that the ledger held already, and messages that Redis refused.",
            "short",
            Query(rate("sluice_leases_lost_total"), "leases lost"),
            Query(rate("sluice_swept_chunks_total"), "published again"),
            Query(rate("sluice_ledger_repeats_total"), "in the ledger already"),
            Query(rate("sluice_publish_failures_total"), "not published"),
            runbook="SluiceLeasesLost",
        ),
        lines(
            "Bisected",
            "Chunks a second that PostgreSQL refused, and of which the records that it refuses were looked for.",
            "short",
            Query(rate("sluice_bisected_chunks_total"), "chunks"),
        ),
        lines(
            "Ended jobs",
            "A second.",
            "short",
            Query(rate("sluice_jobs_ended_total", "status"), "{{status}}"),
            stacked=True,
        ),
        lines(
            "Never",
            "What should never happen, within an hour.",
            "short",
            Query(f"sum(increase(sluice_jobs_lost_total{{{OWN}}}[1h]))", "jobs lost"),
            Query(f"sum(increase(sluice_audit_aside_total{{{OWN}}}[1h]))", "audit entries set aside"),
            Query(f"sum(increase(sluice_unreadable_total{{{OWN}}}[1h]))", "unreadable"),
            runbook="SluiceJobsLost",
        ),
    )


def _database() -> Question:
    return Question(
        "Is it PostgreSQL?",
        lines(
            "Rows",
            "Sent a second, by table.",
            "short",
            Query(rate("sluice_copy_rows_total", "table"), "{{table}}"),
            stacked=True,
        ),
        lines(
            "Bytes",
            "Of these rows, a second.",
            "Bps",
            Query(rate("sluice_copy_bytes_total", "table"), "{{table}}"),
            stacked=True,
        ),
        lines(
            "Connections",
            "Of the pools, by what they do; whoever waits has none.",
            "short",
            Query(f"sum by (instance, state) (sluice_pool_connections{{{OWN}}})", "{{instance}} {{state}}"),
            runbook="SluicePoolExhausted",
        ),
    )


def _agree() -> Question:
    return Question(
        "Do counters and ledger agree?",
        lines(
            "Chunks within an hour",
            "Committed, as writers count them; and numbers that the ledger has given out, of which some may be skipped, never saved.",
            "short",
            Query(f"sum by (namespace) (increase(sluice_commit_seconds_count{{{HERE}}}[1h]))", "writers"),
            Query(
                f"max by (namespace) (sluice_ledger_entries{{{HERE}}}) - max by (namespace) (sluice_ledger_entries{{{HERE}}} offset 1h)",
                "ledger",
            ),
            width=HALF,
            runbook="SluiceLedgerDiffers",
        ),
        lines(
            "Records within an hour",
            "Accepted by ingest, and settled by writers. Apart: what is open, or what a writer that was killed could not tell.",
            "short",
            Query(
                f'sum by (namespace) (increase(sluice_records_submitted_total{{{HERE}, verdict="accepted"}}[1h]))',
                "accepted",
            ),
            Query(f"sum by (namespace) (increase(sluice_records_total{{{HERE}}}[1h]))", "settled"),
            width=HALF,
        ),
    )


def _processes() -> Question:
    mine = '* on (namespace, instance) group_left () (sluice_build_info{service="writer"})'
    return Question(
        "Are the processes well?",
        lines(
            "CPU",
            "Cores.",
            "short",
            Query(f"rate(process_cpu_seconds_total{{{OWN}}}[$__rate_interval]) {mine}", "{{instance}}"),
        ),
        lines("Memory", "Resident.", "bytes", Query(f"process_resident_memory_bytes{{{OWN}}} {mine}", "{{instance}}")),
        lines(
            "Promises not kept",
            "Failures a second of threads that keep one.",
            "short",
            Query(rate("sluice_tick_failures_total", "thread"), "{{thread}}"),
            runbook="SluiceTickFailures",
        ),
    )
