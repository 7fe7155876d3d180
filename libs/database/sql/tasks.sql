-- Statements about tasks. A processor's writes name its lease token: without it they change nothing.

-- name: open_task
INSERT INTO work.task (tenant_id, task_id, parent_id, type, entity, lane, parameters, created_by, request_id, traceparent,
                       idempotency_key, fingerprint)
VALUES (%(tenant_id)s, %(task_id)s, %(parent_id)s, %(type)s, %(entity)s, %(lane)s, %(parameters)s, %(created_by)s,
        %(request_id)s, %(traceparent)s, %(idempotency_key)s, %(fingerprint)s)
ON CONFLICT DO NOTHING RETURNING task_id

-- name: count_open_tasks
SELECT count(*) AS open FROM (
    SELECT FROM work.task WHERE tenant_id = %(tenant)s AND parent_id IS NULL AND status IN ('pending', 'processing') LIMIT %(most)s
) AS open_ones

-- name: task_of_key
SELECT task_id, fingerprint FROM work.task
WHERE tenant_id = %(tenant_id)s AND type = %(type)s AND idempotency_key = %(idempotency_key)s

-- name: read_task
SELECT * FROM work.task WHERE tenant_id = %(tenant)s AND task_id = %(task)s

-- name: read_tasks
SELECT * FROM work.task WHERE tenant_id = %(tenant)s AND task_id = ANY(%(tasks)s)

-- name: list_tasks
-- Without results and checkpoints, which may be long.
SELECT tenant_id, task_id, parent_id, type, entity, lane, status, parameters, NULL::jsonb AS result, NULL::jsonb AS checkpoint,
       stage, progress, counters, error, created_by, request_id, traceparent, created_at, started_at, finished_at, updated_at,
       version, attempts, strikes, crashes, retries, cancelling
FROM work.task t
WHERE tenant_id = %(tenant)s AND (created_at, task_id) < (%(before)s, %(before_id)s) AND created_at >= %(since)s
  AND parent_id IS NOT DISTINCT FROM %(parent)s
  AND status = ANY(%(statuses)s) AND lane = ANY(%(lanes)s) AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s))
  AND (%(entities)s::text[] IS NULL OR entity = ANY(%(entities)s))
  AND (%(q)s::text IS NULL OR strpos(lower(created_by), lower(%(q)s)) > 0 OR strpos(error, upper(%(q)s)) > 0
       OR task_id = ANY(%(named)s::uuid[])
       OR EXISTS (SELECT FROM work.file f WHERE f.tenant_id = t.tenant_id AND f.file_id::text = t.parameters ->> 'file_id'
                  AND strpos(lower(f.name), lower(%(q)s)) > 0))
ORDER BY created_at DESC, task_id DESC LIMIT %(limit)s

-- name: count_tasks
SELECT count(*) AS found FROM (
    SELECT FROM work.task
    WHERE tenant_id = %(tenant)s AND created_at >= %(since)s AND (%(until)s::timestamptz IS NULL OR created_at <= %(until)s)
      AND parent_id IS NULL AND status = ANY(%(statuses)s) AND lane = ANY(%(lanes)s)
      AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s)) AND (%(entities)s::text[] IS NULL OR entity = ANY(%(entities)s))
    LIMIT %(most)s
) AS found

-- name: names_of_files
SELECT file_id, name FROM work.file WHERE tenant_id = %(tenant)s AND file_id = ANY(%(files)s)

-- name: children_of_task
SELECT tenant_id, task_id, parent_id, type, entity, lane, status, parameters, NULL::jsonb AS result, NULL::jsonb AS checkpoint,
       stage, progress, counters, error, created_by, request_id, traceparent, created_at, started_at, finished_at, updated_at,
       version, attempts, strikes, crashes, retries, cancelling
FROM work.task WHERE tenant_id = %(tenant)s AND parent_id = %(task)s

-- name: newest_tasks_of_file
SELECT tenant_id, task_id, parent_id, type, entity, lane, status, parameters, NULL::jsonb AS result, NULL::jsonb AS checkpoint,
       stage, progress, counters, error, created_by, request_id, traceparent, created_at, started_at, finished_at, updated_at,
       version, attempts, strikes, crashes, retries, cancelling
FROM work.task WHERE tenant_id = %(tenant)s AND parameters ? 'file_id' AND parameters ->> 'file_id' = %(file)s::text
ORDER BY created_at DESC LIMIT %(limit)s

-- name: read_task_log
SELECT seq, at, code, params, actor FROM work.task_log
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s

-- name: lock_tenant_tasks
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s::text, 7236495))

-- name: lock_trail
-- The lock of the tenant's audit trail: what is done with a task is done together with its entry, so it is waited for.
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s::text, 7236492))

-- name: claim_task
-- Nobody runs what has no lease, or one that has run out; the latter's processor died. Who is to be cancelled waits for
-- no room: its type only cleans up.
UPDATE work.task t SET
    status = 'processing', lease_token = %(token)s, lease_until = now() + make_interval(secs => %(lease_s)s),
    processor = %(processor)s, attempts = t.attempts + 1, crashes = t.crashes + (before.lease_until IS NOT NULL)::integer,
    started_at = coalesce(t.started_at, now()), updated_at = now(), version = t.version + 1
FROM (SELECT status, lease_until, error FROM work.task WHERE tenant_id = %(tenant)s AND task_id = %(task)s FOR UPDATE) AS before
WHERE t.tenant_id = %(tenant)s AND t.task_id = %(task)s
  AND t.status IN ('pending', 'processing') AND t.not_before <= now() AND (t.lease_until IS NULL OR t.lease_until < now())
  AND (t.cancelling OR (SELECT count(*) FROM work.task other
       WHERE other.tenant_id = %(tenant)s AND other.lease_until >= now()) < %(most)s)
RETURNING t.*, CASE WHEN before.lease_until IS NOT NULL THEN 'TAKEN_OVER'
                    WHEN before.status = 'pending' OR before.error IS NOT NULL THEN 'CLAIMED' END AS story

-- name: extend_tasks
UPDATE work.task t SET lease_until = now() + make_interval(secs => %(lease_s)s)
FROM unnest(%(tenants)s::uuid[], %(tasks)s::uuid[], %(tokens)s::uuid[]) AS held (tenant_id, task_id, token)
WHERE t.tenant_id = held.tenant_id AND t.task_id = held.task_id AND t.lease_token = held.token AND t.status = 'processing'
RETURNING t.lease_token, t.cancelling

-- name: note_progress
-- Only a checkpoint that says something else forgives: a run that fails where the one before did has written its again.
UPDATE work.task SET
    stage = %(stage)s, progress = greatest(progress, %(progress)s), counters = coalesce(%(counters)s, counters),
    checkpoint = coalesce(%(checkpoint)s, checkpoint),
    strikes = CASE WHEN coalesce(%(checkpoint)s, checkpoint) IS DISTINCT FROM checkpoint THEN 0 ELSE strikes END,
    crashes = CASE WHEN coalesce(%(checkpoint)s, checkpoint) IS DISTINCT FROM checkpoint THEN 0 ELSE crashes END,
    updated_at = now(), version = version + 1
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s AND status = 'processing'
RETURNING version, progress, cancelling

-- name: log_task
INSERT INTO work.task_log (tenant_id, task_id, code, params, actor)
VALUES (%(tenant)s, %(task)s, %(code)s, %(params)s, %(actor)s)

-- name: log_running_task
INSERT INTO work.task_log (tenant_id, task_id, code, params, actor)
SELECT tenant_id, task_id, %(code)s, %(params)s, %(actor)s FROM work.task
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s
RETURNING seq

-- name: end_task
UPDATE work.task SET
    status = %(status)s, result = coalesce(%(result)s, result), error = %(error)s, finished_at = now(), updated_at = now(),
    progress = CASE WHEN %(status)s = 'completed' THEN 100 ELSE progress END, lease_token = NULL, lease_until = NULL,
    cancelling = false, version = version + 1
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s AND status = 'processing'
RETURNING version, progress, cancelling

-- name: put_off_task
-- What was parked, and not struck, is the same attempt when it goes on.
UPDATE work.task SET
    error = %(error)s, strikes = strikes + %(strike)s, attempts = attempts - 1 + %(strike)s, lease_token = NULL,
    lease_until = NULL, not_before = now() + make_interval(secs => %(delay_s)s),
    published_at = now() + make_interval(secs => %(delay_s)s - %(grace_s)s), updated_at = now(), version = version + 1
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s AND status = 'processing'
RETURNING version

-- name: steered_task
-- The task after a step that was taken already.
SELECT t.type, t.status, t.lane, t.version, t.progress FROM work.task t
WHERE t.tenant_id = %(tenant)s AND t.task_id = %(task)s
  AND EXISTS (SELECT FROM ingest.audit WHERE tenant_id = %(tenant)s AND audit_id = %(step)s)

-- name: cancel_task
-- What has never run ends here; everything else is run once more, so that its type can clean up.
UPDATE work.task SET
    cancelling = started_at IS NOT NULL, status = CASE WHEN started_at IS NULL THEN 'cancelled' ELSE status END,
    finished_at = CASE WHEN started_at IS NULL THEN now() END, not_before = least(not_before, now()), updated_at = now(),
    version = version + 1
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND status IN ('pending', 'processing')
RETURNING type, status, lane, version, progress

-- name: retry_task
UPDATE work.task SET
    status = 'pending', error = NULL, finished_at = NULL, cancelling = false, strikes = 0, crashes = 0,
    retries = retries + 1, not_before = now(), published_at = now(), updated_at = now(), version = version + 1
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND status IN ('failed', 'cancelled')
RETURNING type, status, lane, version, progress

-- name: claim_due_tasks
-- Of tenants that may run one more; those that have waited longest for a message first, so that nobody's stand before
-- all others.
UPDATE work.task t SET published_at = now()
FROM (SELECT tenant_id, task_id FROM work.task AS waiting
      WHERE status IN ('pending', 'processing') AND not_before <= now() AND (lease_until IS NULL OR lease_until < now())
        AND lane = ANY(%(lanes)s) AND published_at < now() - make_interval(secs => %(grace_s)s)
        AND (SELECT count(*) FROM work.task busy
             WHERE busy.tenant_id = waiting.tenant_id AND busy.lease_until >= now()) < %(most)s
      ORDER BY published_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
WHERE t.tenant_id = due.tenant_id AND t.task_id = due.task_id
RETURNING t.tenant_id, t.task_id, t.lane

-- name: cancelled_tasks
SELECT tenant_id, task_id, lane FROM work.task
WHERE cancelling AND not_before <= now() AND (lease_until IS NULL OR lease_until < now()) LIMIT %(limit)s

-- name: tasks_state
SELECT type, count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE lease_until >= now()),
       coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'pending')), 0)::float8
FROM work.task WHERE status IN ('pending', 'processing') GROUP BY type

-- name: tasks_by_lane
SELECT lane, count(*), extract(epoch FROM now() - min(created_at))::float8
FROM work.task WHERE status IN ('pending', 'processing') GROUP BY lane
