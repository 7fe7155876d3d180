-- What is forgotten after a time, by the tenant. Each statement takes some, waits for nobody for long, and is a transaction.

-- name: old_jobs
-- In the order of their ends, from one place on.
SELECT job_id, finished_at FROM ingest.job
WHERE tenant_id = %(tenant)s AND finished_at < %(before)s AND (finished_at, job_id) > (%(after_at)s, %(after_id)s)
ORDER BY finished_at, job_id LIMIT %(limit)s

-- name: old_tasks
SELECT task_id, finished_at FROM work.task
WHERE tenant_id = %(tenant)s AND finished_at < %(before)s AND (finished_at, task_id) > (%(after_at)s, %(after_id)s)
ORDER BY finished_at, task_id LIMIT %(limit)s

-- name: forget_old_rejects
DELETE FROM ingest.reject WHERE (tenant_id, job_id, record_index) IN (
    SELECT tenant_id, job_id, record_index FROM ingest.reject
    WHERE tenant_id = %(tenant)s AND job_id = ANY(%(ids)s) LIMIT %(limit)s
)

-- name: forget_log_lines
DELETE FROM work.task_log WHERE (tenant_id, task_id, seq) IN (
    SELECT tenant_id, task_id, seq FROM work.task_log
    WHERE tenant_id = %(tenant)s AND task_id = ANY(%(ids)s) LIMIT %(limit)s
)

-- name: forget_segments
DELETE FROM work.segment WHERE (tenant_id, task_id, number) IN (
    SELECT tenant_id, task_id, number FROM work.segment
    WHERE tenant_id = %(tenant)s AND task_id = ANY(%(ids)s) LIMIT %(limit)s
)

-- name: forget_sent_again
DELETE FROM work.sent_again WHERE (tenant_id, job_id, record_index) IN (
    SELECT tenant_id, job_id, record_index FROM work.sent_again
    WHERE tenant_id = %(tenant)s AND job_id = ANY(%(ids)s) LIMIT %(limit)s
)

-- name: forget_mendings
DELETE FROM work.mending WHERE (tenant_id, batch_id) IN (
    SELECT tenant_id, batch_id FROM work.mending WHERE tenant_id = %(tenant)s AND job_id = ANY(%(ids)s) LIMIT %(limit)s
)

-- name: forget_jobs
-- A batch goes with all of its ledger or not at all: a repeat must not meet a part of it.
WITH gone AS (
    DELETE FROM ingest.job WHERE tenant_id = %(tenant)s AND job_id = ANY(%(ids)s) AND finished_at < %(before)s
    RETURNING tenant_id, job_id
), entries AS (
    DELETE FROM ingest.chunk c USING gone WHERE c.tenant_id = gone.tenant_id AND c.job_id = gone.job_id
)
SELECT job_id FROM gone

-- name: forget_tasks
DELETE FROM work.task WHERE tenant_id = %(tenant)s AND task_id = ANY(%(ids)s) AND finished_at < %(before)s

-- name: forget_findings
DELETE FROM work.finding WHERE (tenant_id, rule, record_id) IN (
    SELECT tenant_id, rule, record_id FROM work.finding
    WHERE tenant_id = %(tenant)s AND resolved_at < %(before)s LIMIT %(limit)s
)

-- name: forget_statistics
DELETE FROM ingest.statistics WHERE (tenant_id, starts_at, entity) IN (
    SELECT tenant_id, starts_at, entity FROM ingest.statistics
    WHERE tenant_id = %(tenant)s AND starts_at < %(before)s LIMIT %(limit)s
)

-- name: freeze_ledger
-- From now on nobody marks a day before this one as changed; who had begun before may still do so.
WITH frozen AS (
    UPDATE ingest.statistics_progress SET ledger_from = greatest(ledger_from, date_trunc('day', %(before)s::timestamptz, 'UTC'))
    RETURNING ledger_from
)
SELECT ledger_from, pg_current_xact_id()::text::bigint FROM frozen

-- name: ledger_is_counted
-- Whether all that the ledger says of days before this one is in the statistics, and nobody is about to change it.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %(transaction)s
   AND NOT EXISTS (SELECT FROM ingest.statistics_stale WHERE at < %(before)s)
   AND NOT EXISTS (SELECT FROM ingest.chunk c, ingest.statistics_progress p
                   WHERE c.entry > p.counted_to AND c.written_at < %(before)s)
