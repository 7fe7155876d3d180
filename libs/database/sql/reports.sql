-- Statements about what a tenant has had happen in some days; none changes anything. Days are those of a zone.

-- name: report_days
-- From the ledger itself: statistics of more than a week ago know no days but those of UTC.
SELECT (days.day AT TIME ZONE %(zone)s)::date AS day, counted.entity, sum(created)::bigint AS created, sum(updated)::bigint AS updated,
       sum(unchanged)::bigint AS unchanged, sum(rejected)::bigint AS rejected, sum(failed)::bigint AS failed,
       sum(cancelled)::bigint AS cancelled
FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 second', interval '24 hours') AS days (day)
CROSS JOIN LATERAL ingest.tally(%(tenant)s, days.day, least(days.day + interval '24 hours', %(until)s)) AS counted
GROUP BY 1, 2 ORDER BY 1, 2

-- name: report_total
SELECT coalesce(sum(created), 0)::bigint AS created, coalesce(sum(updated), 0)::bigint AS updated,
       coalesce(sum(unchanged), 0)::bigint AS unchanged, coalesce(sum(rejected), 0)::bigint AS rejected,
       coalesce(sum(failed), 0)::bigint AS failed, coalesce(sum(cancelled), 0)::bigint AS cancelled
FROM ingest.tally(%(tenant)s, %(since)s, %(until)s)

-- name: report_refused
-- Chunk by chunk, the newest first; of more refused records than it looks at, the rest is not told apart.
WITH looked AS MATERIALIZED (
    SELECT r.job_id, r.record_index, r.faults
    FROM (SELECT job_id, chunk_no FROM ingest.chunk
          WHERE tenant_id = %(tenant)s AND written_at >= %(since)s AND written_at < %(until)s AND rejected + failed > 0
          ORDER BY written_at DESC) AS c
    JOIN ingest.reject r ON r.tenant_id = %(tenant)s AND r.job_id = c.job_id AND r.chunk_no = c.chunk_no
    LIMIT %(most)s
)
SELECT fault ->> 'code' AS code, regexp_replace(coalesce(fault ->> 'pointer', ''), '/[0-9]+', '/*', 'g') AS pointer,
       count(DISTINCT (job_id, record_index)) AS records, coalesce(min((fault -> 'params')::text), '{}')::jsonb AS params,
       (SELECT count(*) FROM looked) AS looked_at
FROM looked CROSS JOIN LATERAL jsonb_array_elements(faults) AS fault
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s

-- name: report_ended
-- Batches that a load has opened are the load's own.
SELECT type, status, error, count(*) AS jobs FROM (
    SELECT 'write' AS type, status, CASE WHEN status = 'failed' THEN coalesce(last_error, '') ELSE '' END AS error FROM ingest.job
    WHERE tenant_id = %(tenant)s AND parent_id IS NULL AND finished_at >= %(since)s AND finished_at < %(until)s
    UNION ALL
    SELECT type, status, CASE WHEN status = 'failed' THEN coalesce(error, '') ELSE '' END FROM work.task
    WHERE tenant_id = %(tenant)s AND parent_id IS NULL AND finished_at >= %(since)s AND finished_at < %(until)s
) AS ended
GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3 LIMIT %(limit)s

-- name: report_findings
-- A finding that had gone and came again is new when the run began that found it again.
SELECT f.rule,
       count(*) FILTER (WHERE came.at >= %(since)s AND came.at < %(until)s) AS new,
       count(*) FILTER (WHERE f.resolved_at >= %(since)s AND f.resolved_at < %(until)s) AS mended,
       count(*) FILTER (WHERE f.first_seen < %(until)s AND (f.resolved_at IS NULL OR f.resolved_at >= %(until)s)) AS open
FROM work.finding f
LEFT JOIN work.task t ON t.tenant_id = f.tenant_id AND t.task_id = f.opened_by
CROSS JOIN LATERAL (SELECT greatest(f.first_seen, t.started_at) AS at) AS came
WHERE f.tenant_id = %(tenant)s
GROUP BY f.rule

-- name: report_deadlines
-- Of all that is listed, not only of its first page.
SELECT count(*) FILTER (WHERE days_left < 0) AS overdue, count(*) FILTER (WHERE days_left >= 0) AS ahead
FROM (
{listed}
) AS listed
