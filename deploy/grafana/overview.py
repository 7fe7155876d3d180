"""Is anything wrong, and where does one look next."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.board import Question, build
from deploy.grafana.panels import HALF, HERE, OWN, Query, lines, number, quantile, rate, rows, seen, states

BATCHES = f'{HERE}, route=~"/api/v1/tenants/.+/batch/.+", method="POST"'
ERRORS, REQUESTS = "namespace:sluice_accept_errors:ratio_rate5m", "namespace:sluice_batch_requests:rate5m"
LATE = "namespace:sluice_commits_late:ratio_rate5m"
BUDGET = (
    f"1 - (sum by (namespace) (sum_over_time(({ERRORS}{{{HERE}}} * {REQUESTS})[30d:5m]))"
    f" / (sum by (namespace) (sum_over_time(({REQUESTS}{{{HERE}}})[30d:5m])) > 0)) / 0.001"
)
UNTIL_FULL = (
    f'(max by (namespace) (sluice_admission_limit_bytes{{{HERE}, limit="backlog"}})'
    f" - max by (namespace) (sluice_pending_bytes{{{HERE}}}))"
    f" / (max by (namespace) (deriv(sluice_pending_bytes{{{HERE}}}[15m])) > 0)"
)


def board() -> Dashboard:
    """The first page that one opens."""
    return build(
        "sluice-overview",
        "Overview",
        "What is promised, what is wrong, and where to look next.",
        [_wrong(), _in(), _written(), _room(), _running()],
    )


def _wrong() -> Question:
    firing = f'ALERTS{{{HERE}, alertstate="firing", alertname=~"Sluice.+"}}'
    return Question(
        "Is anything wrong?",
        number(
            "Pages",
            "Alerts that somebody has to look at now.",
            "short",
            Query(f'count({firing[:-1]}, severity="critical"}}) or vector(0)'),
            limit=1,
        ),
        number(
            "Tickets",
            "Alerts that somebody has to look at today.",
            "short",
            Query(f'count({firing[:-1]}, severity="warning"}}) or vector(0)'),
            limit=1,
        ),
        number(
            "Errors that are left",
            "What is left of the 0.1 % of batches of 30 days that may get an error of ours.",
            "percentunit",
            Query(BUDGET),
            limit=0,
            below=True,
            runbook="SluiceAcceptErrorsFast",
        ),
        number(
            "Written late",
            "Chunks that were written later than a minute after their acceptance; 1 % may be.",
            "percentunit",
            Query(f"{LATE}{{{HERE}}}"),
            limit=0.01,
            runbook="SluiceFreshnessFast",
        ),
        number(
            "Oldest open batch",
            "How long ago the oldest batch was accepted that is not wholly written.",
            "s",
            Query(seen("sluice_oldest_open_job_seconds")),
            limit=300,
            runbook="SluiceOldestOpen",
        ),
        number(
            "Backup",
            "How old the newest backup is that was restored and compared.",
            "s",
            Query(f"min by (namespace) (sluice_backup_age_seconds{{{HERE}}} < Inf)"),
            limit=26 * 3600,
            runbook="SluiceBackupOld",
        ),
        rows(
            "Alerts that fire",
            "Click on a name for what to do.",
            f'{firing} or label_replace(vector(0), "alertname", "none", "", "")',
            hidden="__name__ alertstate",
            links=True,
        ),
        states(
            "Stores",
            "Whether any process has an answer within a second.",
            Query(seen("sluice_state_readable", "store"), "{{store}}"),
            runbook="SluiceStateUnreadable",
        ),
    )


def _in() -> Question:
    return Question(
        "Do batches get in?",
        lines(
            "Batches",
            "Batches a second by the status of the answer. 429 and 503 are told when to come back.",
            "reqps",
            Query(rate("sluice_requests_total", "status", BATCHES), "{{status}}"),
            stacked=True,
        ),
        lines(
            "Errors of ours",
            "Share of batches that got an error that was neither the client's nor a full backlog.",
            "percentunit",
            Query(f"{ERRORS}{{{HERE}}}", "5 minutes"),
            Query(f"namespace:sluice_accept_errors:ratio_rate1h{{{HERE}}}", "an hour"),
            limit=0.0144,
            runbook="SluiceAcceptErrorsFast",
        ),
        lines(
            "Time to accept",
            "From a batch's first byte read to its job on disk.",
            "s",
            *(
                Query(quantile(part, "sluice_accept_seconds", matchers=HERE), f"p{part * 100:g}")
                for part in (0.5, 0.95, 0.99)
            ),
        ),
    )


def _written() -> Question:
    return Question(
        "Does what was accepted get written, and how soon?",
        lines(
            "Records",
            "Accepted by ingest, and settled by writers, a second. Where they part, the backlog grows or falls.",
            "short",
            Query(rate("sluice_records_submitted_total", matchers=f'{HERE}, verdict="accepted"'), "accepted"),
            Query(rate("sluice_records_total", matchers=HERE), "settled"),
        ),
        lines(
            "From acceptance to commit",
            "Of chunks, by lane; not of retries that somebody asked for.",
            "s",
            Query(quantile(0.99, "sluice_commit_seconds", "lane", HERE), "p99 {{lane}}"),
            Query(quantile(0.5, "sluice_commit_seconds", "lane", HERE), "p50 {{lane}}"),
            limit=60,
            runbook="SluiceFreshnessFast",
        ),
        lines(
            "Open chunks",
            "Not settled: available to writers, running, or deferred after an error.",
            "short",
            Query(f"sum by (namespace, state) ({seen('sluice_open_chunks', 'lane, state')})", "{{state}}"),
            stacked=True,
            runbook="SluiceOldestOpen",
        ),
    )


def _room() -> Question:
    return Question(
        "Is there room?",
        lines(
            "Used of the limits",
            "At 1 batches are refused.",
            "percentunit",
            Query(seen("sluice_admission_used_ratio", "limit"), "{{limit}}"),
            limit=0.5,
            most=1,
            runbook="SluiceBacklogFills",
        ),
        lines(
            "Until the backlog is full",
            "At the speed of the last quarter of an hour; nothing where it does not grow.",
            "s",
            Query(UNTIL_FULL, "{{namespace}}"),
            runbook="SluiceBacklogFills",
        ),
        lines(
            "Refused for want of room",
            "Batches a second, by the limit: of all, of memory, of one tenant, of what is kept.",
            "reqps",
            Query(rate("sluice_admission_refusals_total", "scope", HERE), "{{scope}}"),
            stacked=True,
            runbook="SluiceRefusals",
        ),
    )


def _running() -> Question:
    build_info = f"sluice_build_info{{{HERE}}}"
    return Question(
        "What runs?",
        rows(
            "Versions",
            "Processes that are scraped.",
            f"count by (namespace, service, version, python) ({build_info})",
            value="processes",
        ),
        lines(
            "Processes",
            "How many are scraped. Fewer than you have started: see Prometheus' targets.",
            "short",
            Query(f"count by (namespace, service) ({build_info})", "{{service}}"),
            width=HALF,
            runbook="SluiceNoWriters",
        ),
        lines(
            "CPU",
            "Cores, by service.",
            "short",
            Query(
                f"sum by (service) (rate(process_cpu_seconds_total{{{OWN}}}[$__rate_interval]) * on (namespace, instance) group_left (service) {build_info})",
                "{{service}}",
            ),
        ),
        lines(
            "Memory",
            "Of each process; ingest's and the console's workers together.",
            "bytes",
            Query(
                f"max by (instance, service) (process_resident_memory_bytes{{{OWN}}} * on (namespace, instance) group_left (service) {build_info})",
                "{{service}} {{instance}}",
            ),
        ),
        lines(
            "Starts",
            "Processes that began within the last quarter of an hour.",
            "short",
            Query(
                f"sum by (service) ((time() - process_start_time_seconds{{{OWN}}} < bool 900) * on (namespace, instance) group_left (service) {build_info})",
                "{{service}}",
            ),
        ),
    )
