-- Statements about the segments of loads. A processor's writes name its lease token: without it they change nothing.

-- name: open_segment
INSERT INTO work.segment (tenant_id, task_id, number, start_offset, start_line, first_row, rows, job_id, jumps)
SELECT t.tenant_id, t.task_id, %(number)s, %(start_offset)s, %(start_line)s, %(first_row)s, %(rows)s, %(job_id)s, %(jumps)s
FROM work.task t
WHERE t.tenant_id = %(tenant)s AND t.task_id = %(task)s AND t.lease_token = %(token)s AND t.status = 'processing' FOR SHARE
ON CONFLICT (tenant_id, task_id, number) DO UPDATE SET job_id = excluded.job_id, records = NULL
RETURNING number

-- name: settle_segment
UPDATE work.segment s SET records = %(records)s
FROM (SELECT tenant_id, task_id FROM work.task
      WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s AND status = 'processing' FOR SHARE) AS t
WHERE s.tenant_id = t.tenant_id AND s.task_id = t.task_id AND s.number = %(number)s
RETURNING s.number

-- name: unwritten_segments
SELECT number, start_offset, start_line, first_row, rows, job_id, jumps, records FROM work.segment
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND number > %(after)s
  AND (records ->> 'failed' <> '0' OR records ->> 'cancelled' <> '0')
ORDER BY number LIMIT %(limit)s

-- name: open_segments
SELECT number, start_offset, start_line, first_row, rows, job_id, jumps, records FROM work.segment
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND records IS NULL ORDER BY number

-- name: sum_segments
SELECT count(*), coalesce(sum((records ->> 'created')::bigint), 0), coalesce(sum((records ->> 'updated')::bigint), 0),
       coalesce(sum((records ->> 'unchanged')::bigint), 0), coalesce(sum((records ->> 'rejected')::bigint), 0),
       coalesce(sum((records ->> 'failed')::bigint), 0), coalesce(sum((records ->> 'cancelled')::bigint), 0)
FROM work.segment WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND records IS NOT NULL

-- name: first_segments
SELECT number, first_row, rows, job_id, records FROM work.segment
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND records IS NOT NULL ORDER BY number LIMIT %(limit)s

-- name: newest_segments
SELECT number, start_offset, start_line, first_row, rows, job_id, records FROM work.segment
WHERE tenant_id = %(tenant)s AND task_id = %(task)s ORDER BY number DESC LIMIT %(limit)s

-- name: segments_with_errors
-- Those that may have some behind a row: of an open one, nobody knows yet.
SELECT number, start_offset, start_line, first_row, rows, job_id, jumps, records FROM work.segment
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND number > %(after)s AND first_row + rows > %(after_row)s
  AND (records IS NULL OR records ->> 'rejected' <> '0' OR records ->> 'failed' <> '0')
ORDER BY number LIMIT %(limit)s

-- name: late_segments
-- Of loads that have ended before their batches.
SELECT s.tenant_id, s.task_id, s.number, s.rows, s.job_id FROM work.segment s JOIN work.task t USING (tenant_id, task_id)
WHERE s.records IS NULL AND t.status IN ('failed', 'cancelled') LIMIT %(limit)s

-- name: settle_late_segment
UPDATE work.segment s SET records = %(records)s
FROM (SELECT tenant_id, task_id FROM work.task
      WHERE tenant_id = %(tenant_id)s AND task_id = %(task_id)s AND status IN ('failed', 'cancelled') FOR UPDATE) AS t
WHERE s.tenant_id = t.tenant_id AND s.task_id = t.task_id AND s.number = %(number)s AND s.job_id = %(job_id)s AND s.records IS NULL
RETURNING s.number

-- name: count_ended_load
UPDATE work.task t SET updated_at = now(), version = version + 1, counters = (
    SELECT jsonb_build_object('total', sum(rows), 'pending', coalesce(sum(rows) FILTER (WHERE records IS NULL), 0),
        'created', coalesce(sum((records ->> 'created')::bigint), 0), 'updated', coalesce(sum((records ->> 'updated')::bigint), 0),
        'unchanged', coalesce(sum((records ->> 'unchanged')::bigint), 0), 'rejected', coalesce(sum((records ->> 'rejected')::bigint), 0),
        'failed', coalesce(sum((records ->> 'failed')::bigint), 0), 'cancelled', coalesce(sum((records ->> 'cancelled')::bigint), 0))
    FROM work.segment s WHERE s.tenant_id = t.tenant_id AND s.task_id = t.task_id)
WHERE t.tenant_id = %(tenant_id)s AND t.task_id = %(task_id)s
RETURNING type, status, version, progress
