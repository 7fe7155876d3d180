"""Ingest and the console: what comes, how it is answered, and at which limit it is."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.board import Question, build
from deploy.grafana.panels import HALF, OWN, Query, lines, quantile, rate, spread


def board() -> Dashboard:
    """What one opens when clients complain."""
    return build(
        "sluice-ingest",
        "Ingest",
        "What clients send, how they are answered, and which limit is near.",
        [_comes(), _answers(), _limits(), _files(), _who(), _processes()],
    )


def _comes() -> Question:
    return Question(
        "What comes?",
        lines(
            "Requests by route",
            "A second; probes do not count.",
            "reqps",
            Query(f"topk(10, {rate('sluice_requests_total', 'route')})", "{{route}}"),
            width=HALF,
            stacked=True,
        ),
        lines(
            "Records",
            "A second, by kind and by what validation said.",
            "short",
            Query(rate("sluice_records_submitted_total", "entity, verdict"), "{{entity}} {{verdict}}"),
            width=HALF,
            stacked=True,
        ),
        lines(
            "Records in a batch",
            "Few in each cost more than many.",
            "short",
            Query(quantile(0.5, "sluice_batch_records", "entity"), "p50 {{entity}}"),
            Query(quantile(0.95, "sluice_batch_records", "entity"), "p95 {{entity}}"),
            width=HALF,
        ),
        lines(
            "Bytes of a batch",
            "Decompressed.",
            "bytes",
            Query(quantile(0.5, "sluice_batch_bytes", "entity"), "p50 {{entity}}"),
            Query(quantile(0.95, "sluice_batch_bytes", "entity"), "p95 {{entity}}"),
            width=HALF,
        ),
    )


def _answers() -> Question:
    return Question(
        "How are they answered?",
        lines(
            "Time to answer",
            "Of each route, the slowest twentieth. Batches that are waited for last as long as they are written.",
            "s",
            Query(quantile(0.95, "sluice_request_seconds", "route"), "{{route}}"),
        ),
        spread(
            "Time to accept",
            "From a batch's first byte read to its job on disk: how many took how long.",
            "s",
            f"sum by (le) (increase(sluice_accept_seconds_bucket{{{OWN}}}[$__rate_interval]))",
            width=8,
        ),
        lines(
            "Statuses",
            "A second.",
            "reqps",
            Query(rate("sluice_requests_total", "status"), "{{status}}"),
            stacked=True,
        ),
        lines(
            "Faults of ours",
            "Requests a second that were answered by a problem with a status from 500 on, by its code.",
            "reqps",
            Query(
                rate("sluice_problems_total", "code")
                + " > 0 or "
                + rate("sluice_problems_total", "code", f'{OWN}, code="INTERNAL"'),
                "{{code}}",
            ),
            width=HALF,
            stacked=True,
            runbook="SluiceUnexpectedErrors",
        ),
        lines(
            "Probes",
            "A second, by their answer: 503 is a process that drains or cannot take anything.",
            "reqps",
            Query(rate("sluice_probes_total", "route, status"), "{{route}} {{status}}"),
            width=HALF,
        ),
    )


def _limits() -> Question:
    capacity = 'sum by (instance) (sluice_capacity{%s, of="%s"})'
    return Question(
        "Is a process at its limit?",
        lines(
            "Requests in flight",
            "And how many threads there are; those that wait for a client hold none.",
            "short",
            Query(f"sum by (instance) (sluice_requests_in_flight{{{OWN}}})", "{{instance}}"),
            Query(capacity % (OWN, "threads"), "threads {{instance}}"),
        ),
        lines(
            "Memory of bodies",
            "What bodies hold, and how much they may.",
            "bytes",
            Query(f"sum by (instance) (sluice_body_bytes{{{OWN}}})", "{{instance}}"),
            Query(capacity % (OWN, "body_bytes"), "at most {{instance}}"),
        ),
        lines(
            "Refused for want of room",
            "Batches a second.",
            "reqps",
            Query(rate("sluice_admission_refusals_total", "scope"), "{{scope}}"),
            stacked=True,
            runbook="SluiceRefusals",
        ),
    )


def _files() -> Question:
    return Question(
        "Do files come in?",
        lines(
            "Bytes",
            "A second, whether they were kept or not.",
            "Bps",
            Query(rate("sluice_upload_bytes_total", "instance"), "{{instance}}"),
        ),
        lines(
            "Files",
            "Received to their end, a second.",
            "short",
            Query(rate("sluice_uploads_total", "kind"), "{{kind}}"),
        ),
        lines(
            "Storage",
            "Requests a second that the storage could not serve.",
            "reqps",
            Query(
                rate(
                    "sluice_problems_total", "code", f'{OWN}, code=~"STORAGE_FULL|STORAGE_UNAVAILABLE|TOO_MANY_UPLOADS"'
                ),
                "{{code}}",
            ),
            runbook="SluiceFilesRefused",
        ),
    )


def _who() -> Question:
    return Question(
        "Do people and tokens get in?",
        lines(
            "Live streams",
            "Of the console, open now.",
            "short",
            Query(f"sum by (transport) (sluice_live_streams{{{OWN}}})", "{{transport}}"),
            width=HALF,
        ),
        lines(
            "Fetches of keys",
            "Of the issuer, a second; none where there is a secret or a file.",
            "short",
            Query(rate("sluice_key_fetches_total", "result"), "{{result}}"),
            width=HALF,
            runbook="SluiceKeysNotFetched",
        ),
    )


def _processes() -> Question:
    mine = '* on (namespace, instance) group_left () (sluice_build_info{service=~"ingest|console"})'
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
            "Resident, all workers of an instance.",
            "bytes",
            Query(f"process_resident_memory_bytes{{{OWN}}} {mine}", "{{instance}}"),
        ),
        lines(
            "Open files",
            "And how many there may be.",
            "short",
            Query(f"process_open_fds{{{OWN}}} {mine}", "{{instance}}"),
            Query(f"min(process_max_fds{{{OWN}}} {mine})", "at most"),
        ),
        lines(
            "Metrics complete",
            "0 where a worker's metrics are missing.",
            "short",
            Query(f"min by (instance) (sluice_metrics_complete{{{OWN}}})", "{{instance}}"),
            width=HALF,
            most=1,
            runbook="SluiceMetricsIncomplete",
        ),
        lines(
            "Log lines lost",
            "A second.",
            "short",
            Query(rate("sluice_log_lines_dropped_total", "instance"), "{{instance}}"),
            width=HALF,
            runbook="SluiceLogLinesDropped",
        ),
    )
