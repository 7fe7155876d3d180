-- Statements about statistics (migration 0015, docs/adr/0023).

-- name: last_entry
SELECT last_value - (NOT is_called)::integer, pg_postmaster_start_time() FROM ingest.chunk_entry

-- name: own_transaction
SELECT pg_current_xact_id()::text::bigint

-- name: have_all_ended
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %(transaction)s

-- name: take_up_counting
SELECT counted_to, days_until, date_trunc('day', now(), 'UTC') - make_interval(days => %(minutes_kept)s)
FROM ingest.statistics_progress FOR UPDATE SKIP LOCKED

-- name: make_days
WITH minutes AS (
    DELETE FROM ingest.statistics WHERE starts_at >= %(since)s AND starts_at < %(until)s RETURNING *
)
INSERT INTO ingest.statistics
SELECT tenant_id, date_trunc('day', starts_at, 'UTC'), entity, sum(created), sum(updated), sum(unchanged), sum(rejected),
       sum(failed), sum(cancelled), sum(chunks), sum(chunk_seconds), sum(jobs_completed), sum(jobs_failed),
       sum(jobs_cancelled), sum(job_seconds)
FROM minutes GROUP BY tenant_id, date_trunc('day', starts_at, 'UTC'), entity

-- name: days_made
UPDATE ingest.statistics_progress SET days_until = %(until)s

-- name: changed_buckets
-- Of days few are taken at a time: each may be millions of chunks. What they are read again for is in the same snapshot.
WITH stale AS (
    DELETE FROM ingest.statistics_stale s USING (
        (SELECT tenant_id, at, mark FROM ingest.statistics_stale WHERE at >= %(days_until)s ORDER BY at DESC LIMIT %(most)s)
        UNION ALL
        (SELECT tenant_id, at, mark FROM ingest.statistics_stale WHERE at < %(days_until)s ORDER BY at DESC LIMIT %(most_days)s)
    ) AS taken
    WHERE (s.tenant_id, s.at, s.mark) = (taken.tenant_id, taken.at, taken.mark)
    RETURNING s.tenant_id, s.at
)
SELECT tenant_id, ingest.bucket(at, %(days_until)s)
FROM (
    SELECT tenant_id, written_at AS at FROM ingest.chunk WHERE entry > %(counted_to)s AND entry <= %(count_to)s
    UNION ALL SELECT tenant_id, at FROM stale
) AS changed
GROUP BY 1, 2

-- name: forget_buckets
DELETE FROM ingest.statistics s USING unnest(%(tenants)s::uuid[], %(buckets)s::timestamptz[]) AS changed (tenant_id, bucket)
WHERE s.tenant_id = changed.tenant_id AND s.starts_at = changed.bucket

-- name: count_buckets
INSERT INTO ingest.statistics
SELECT changed.tenant_id, changed.bucket, counted.*
FROM unnest(%(tenants)s::uuid[], %(buckets)s::timestamptz[]) AS changed (tenant_id, bucket)
CROSS JOIN LATERAL ingest.tally(
    changed.tenant_id, changed.bucket, ingest.bucket_end(changed.bucket, %(days_until)s)
) AS counted

-- name: counted
UPDATE ingest.statistics_progress SET counted_to = %(count_to)s

-- name: read_progress
SELECT counted_to, days_until FROM ingest.statistics_progress

-- name: read_statistics
-- Minutes of which the ledger may say more than what is counted are read from the ledger. `counted_to` was read before:
-- what has been counted since is read once more, and comes to the same.
WITH span AS MATERIALIZED (
    SELECT days_until, CASE WHEN %(step)s = 'day' THEN %(since)s::timestamptz ELSE greatest(%(since)s, days_until) END AS since
    FROM ingest.statistics_progress
), changed AS MATERIALIZED (
    SELECT DISTINCT ingest.bucket(at, span.days_until) AS bucket
    FROM (
        SELECT written_at AS at FROM ingest.chunk WHERE tenant_id = %(tenant)s AND entry > %(counted_to)s
        UNION ALL
        SELECT at FROM ingest.statistics_stale WHERE tenant_id = %(tenant)s
    ) AS changes CROSS JOIN span
    WHERE at < %(until)s AND ingest.bucket_end(ingest.bucket(at, span.days_until), span.days_until) > span.since
)
SELECT date_trunc(%(step)s, starts_at, 'UTC') AS starts_at, sum(created)::bigint AS created,
       sum(updated)::bigint AS updated, sum(unchanged)::bigint AS unchanged, sum(rejected)::bigint AS rejected,
       sum(failed)::bigint AS failed, sum(cancelled)::bigint AS cancelled, sum(chunks)::bigint AS chunks,
       sum(chunk_seconds) AS chunk_seconds, sum(jobs_completed)::bigint AS jobs_completed,
       sum(jobs_failed)::bigint AS jobs_failed, sum(jobs_cancelled)::bigint AS jobs_cancelled, sum(job_seconds) AS job_seconds
FROM (
    SELECT s.* FROM ingest.statistics s CROSS JOIN span
    WHERE s.tenant_id = %(tenant)s AND s.starts_at >= %(since)s AND s.starts_at >= span.since AND s.starts_at < %(until)s
      AND s.starts_at NOT IN (SELECT bucket FROM changed)
    UNION ALL
    SELECT %(tenant)s::uuid, changed.bucket, counted.*
    FROM changed CROSS JOIN span
    CROSS JOIN LATERAL ingest.tally(%(tenant)s, changed.bucket, ingest.bucket_end(changed.bucket, span.days_until)) AS counted
    WHERE changed.bucket >= span.since
) AS counts
WHERE %(entity)s::text IS NULL OR entity = %(entity)s
GROUP BY 1 ORDER BY 1

-- name: summarise_tasks
SELECT status, count(*) AS tasks, 0::bigint AS pending FROM work.task
WHERE tenant_id = %(tenant)s AND parent_id IS NULL AND finished_at >= %(since)s GROUP BY status
UNION ALL
SELECT status, count(*), coalesce(sum((counters ->> 'pending')::bigint), 0)::bigint FROM work.task
WHERE tenant_id = %(tenant)s AND parent_id IS NULL AND status IN ('pending', 'processing') GROUP BY status

-- name: note_versions
INSERT INTO ingest.versions_at_work (namespace, versions)
SELECT %(namespace)s, %(versions)s::text[]
WHERE %(versions)s::text[] IS DISTINCT FROM (
    SELECT versions FROM ingest.versions_at_work WHERE namespace = %(namespace)s ORDER BY at DESC, entry DESC LIMIT 1
)

-- name: read_versions
-- What was at work when the time begins, and what came then; of many changes the last ones.
(SELECT at, versions FROM ingest.versions_at_work
 WHERE namespace = %(namespace)s AND at >= %(since)s AND at < %(until)s ORDER BY at DESC, entry DESC LIMIT %(limit)s)
UNION ALL
(SELECT at, versions FROM ingest.versions_at_work
 WHERE namespace = %(namespace)s AND at < %(since)s ORDER BY at DESC, entry DESC LIMIT 1)
ORDER BY at
