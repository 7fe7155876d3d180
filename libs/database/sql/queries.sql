-- Every statement that does not depend on an entity. Parameters are named; psycopg fills them.

-- name: state_session
SELECT current_user::text, current_setting(%(mark)s, true),
       (SELECT count(set_config(name, value, %(local)s)) FROM unnest(%(names)s::text[], %(values)s::text[]) AS stated (name, value)),
       -- A commit that is confirmed is on the disk; what an operator asks beyond that stands.
       CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', %(local)s) END

-- name: lacking_schemas
SELECT 'USAGE ON SCHEMA ' || name FROM unnest(%(schemas)s::text[]) AS name WHERE NOT has_schema_privilege(name, 'USAGE')

-- name: lacking_rights
SELECT action || ' ON ' || name FROM unnest(%(tables)s::text[], %(actions)s::text[]) AS needed (name, action)
WHERE NOT has_table_privilege(name, action)

-- name: lacking_of_sluice_reader
SELECT 'EXECUTE ON FUNCTION ingest.current_tenant()' WHERE NOT has_function_privilege('ingest.current_tenant()', 'EXECUTE')

-- name: lacking_of_sluice_writer
SELECT 'EXECUTE ON FUNCTION ingest.tenant_lock(uuid)' WHERE NOT has_function_privilege('ingest.tenant_lock(uuid)', 'EXECUTE')
UNION ALL
SELECT 'USAGE ON SEQUENCE ingest.chunk_entry' WHERE NOT has_sequence_privilege('ingest.chunk_entry', 'USAGE')
UNION ALL
SELECT 'TEMPORARY ON DATABASE ' || current_database() WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
UNION ALL
SELECT 'BYPASSRLS (ALTER ROLE sluice_writer BYPASSRLS)' WHERE row_security_active('ingest.job')

-- name: lacking_of_sluice_tasks
SELECT 'EXECUTE ON FUNCTION ingest.current_tenant()' WHERE NOT has_function_privilege('ingest.current_tenant()', 'EXECUTE')

-- name: lacking_of_sluice_processor
SELECT 'BYPASSRLS (ALTER ROLE sluice_processor BYPASSRLS)' WHERE row_security_active('work.task')

-- name: read_installation
SELECT installation_id FROM ingest.installation WHERE namespace = %(namespace)s

-- name: enter_installation
INSERT INTO ingest.installation (namespace, installation_id) VALUES (%(namespace)s, %(installation)s)
ON CONFLICT (namespace) DO NOTHING

-- name: adopt_installation
INSERT INTO ingest.installation (namespace, installation_id) VALUES (%(namespace)s, %(installation)s)
ON CONFLICT (namespace) DO UPDATE SET installation_id = excluded.installation_id

-- name: open_job
INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms, opening, nonce,
                        generation, created_at, started_at, total, chunks_total, namespace, parent_id)
VALUES (%(tenant_id)s, %(job_id)s, %(entity)s, 'processing', %(mode)s, %(on_error)s, %(lane)s, %(created_by)s, %(request_id)s,
        %(epoch_ms)s, %(opening)s, %(nonce)s, %(generation)s, %(created_at)s, coalesce(%(started_at)s, now()), %(total)s,
        %(chunks_total)s, %(namespace)s, %(parent_id)s)
ON CONFLICT (tenant_id, job_id) DO UPDATE
SET status = 'processing', namespace = excluded.namespace, lane = excluded.lane, created_by = excluded.created_by,
    request_id = excluded.request_id, epoch_ms = excluded.epoch_ms, opening = excluded.opening, nonce = excluded.nonce,
    generation = excluded.generation, created_at = excluded.created_at, started_at = excluded.started_at, finished_at = NULL,
    last_error = NULL, updated_at = excluded.updated_at
WHERE ingest.job.opening < excluded.opening
   OR (ingest.job.nonce = excluded.nonce AND ingest.job.generation < excluded.generation)
RETURNING opening, nonce

-- name: read_opening
SELECT opening, nonce FROM ingest.job WHERE tenant_id = %(tenant_id)s AND job_id = %(job_id)s

-- name: enter_jobs
-- Rows of jobs that are new, many at once; what is there stays as it is.
INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms, opening, nonce,
                        generation, created_at, started_at, total, chunks_total, namespace, parent_id)
SELECT tenant_id, job_id, entity, 'processing', mode, on_error, lane, created_by, request_id, epoch_ms, opening, nonce, generation,
       created_at, coalesce(started_at, now()), total, chunks_total, %(namespace)s, parent_id
FROM json_to_recordset(%(jobs)s::json) AS new (
    tenant_id uuid, job_id uuid, entity text, mode text, on_error text, lane text, created_by text, request_id text, epoch_ms bigint,
    opening integer, nonce text, generation integer, created_at timestamptz, started_at timestamptz, total bigint, chunks_total integer,
    parent_id uuid
)
ON CONFLICT (tenant_id, job_id) DO NOTHING

-- name: read_openings
SELECT tenant_id, job_id, nonce, opening, generation FROM unnest(%(tenants)s::uuid[], %(jobs)s::uuid[]) AS k (tenant_id, job_id)
JOIN ingest.job USING (tenant_id, job_id)

-- name: claim_chunk
INSERT INTO ingest.chunk (tenant_id, job_id, chunk_no, epoch_ms, opening, generation, state, records, writer, attempts)
VALUES (%(tenant)s, %(job)s, %(chunk)s, %(epoch_ms)s, %(opening)s, %(generation)s, 'written', %(records)s, %(writer)s,
        %(attempts)s)
ON CONFLICT (tenant_id, job_id, chunk_no) DO UPDATE
SET epoch_ms = excluded.epoch_ms, opening = excluded.opening, generation = excluded.generation, records = excluded.records, state = 'written', failure = '', error = '', failed = 0, rejected = 0, cancelled = 0,
    outcome = '', own_ids = '', writer = excluded.writer, attempts = ingest.chunk.attempts + excluded.attempts, written_at = excluded.written_at, seconds = -1
WHERE (ingest.chunk.state = 'failed' OR (%(part)s AND ingest.chunk.state = 'cancelled'))
  AND (ingest.chunk.opening, ingest.chunk.generation) < (excluded.opening, excluded.generation)
RETURNING seconds < 0 AS again

-- name: read_chunk
SELECT created, updated, unchanged, rejected, failed, cancelled, outcome, failure, error
FROM ingest.chunk WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND chunk_no = %(chunk)s

-- name: forget_rejects
DELETE FROM ingest.reject WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND chunk_no = %(chunk)s

-- name: record_chunk
UPDATE ingest.chunk
SET state = %(state)s, failure = %(failure)s, error = %(error)s, outcome = %(outcome)s, own_ids = %(own_ids)s,
    seconds = extract(epoch FROM clock_timestamp() - written_at), created = %(created)s, updated = %(updated)s, unchanged = %(unchanged)s,
    rejected = %(rejected)s, failed = %(failed)s, cancelled = %(cancelled)s
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND chunk_no = %(chunk)s

-- name: copy_rejects
COPY ingest.reject (tenant_id, job_id, record_index, chunk_no, stage, record_id, external_id, faults, failed, raw)
FROM STDIN (FORMAT binary)

-- name: lock_tenant_shared
-- With a table, though there is nothing to be read of it: so the lock lies where the tenant's rows are, whose guard asks for it.
SELECT pg_advisory_xact_lock_shared(ingest.tenant_lock(%(tenant)s)), count(*) FROM ingest.job
WHERE tenant_id = %(tenant)s AND job_id = %(tenant)s

-- name: take_turn
SELECT pg_try_advisory_xact_lock(hashtextextended(%(tenant)s::uuid::text, 7236492))

-- name: sum_chunks
SELECT count(*), coalesce(sum(created), 0), coalesce(sum(updated), 0), coalesce(sum(unchanged), 0),
       coalesce(sum(rejected), 0), coalesce(sum(failed), 0), coalesce(sum(cancelled), 0),
       count(*) FILTER (WHERE state = 'failed'), coalesce(sum(attempts), 0),
       (SELECT error FROM ingest.chunk WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND error <> '' ORDER BY chunk_no LIMIT 1)
FROM ingest.chunk WHERE tenant_id = %(tenant)s AND job_id = %(job)s

-- name: end_job
UPDATE ingest.job
SET status = %(status)s, opening = %(opening)s, generation = %(generation)s,
    started_at = coalesce(%(started_at)s, started_at), finished_at = coalesce(%(finished_at)s, greatest(now(), created_at)), updated_at = now(),
    created = %(created)s, updated = %(updated)s, unchanged = %(unchanged)s, rejected = %(rejected)s,
    failed = %(failed)s, cancelled = %(cancelled)s, chunks_failed = %(chunks_failed)s, attempts = %(attempts)s,
    last_error = %(last_error)s
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND (opening, generation) <= (%(opening)s, %(generation)s)

-- name: hurry
-- Whoever writes for several waits for nobody: what is in the way of one would be in the way of all.
SET LOCAL lock_timeout = '100ms'

-- name: end_small_jobs
-- Jobs of one chunk each that begin and end in this transaction: their entries in the ledger, and their rows. The end of a job
-- in another minute than its chunk's is to be counted, too, as the trigger does where a row is updated.
WITH new AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(jobs)s::json) AS new (
        tenant_id uuid, job_id uuid, entity text, mode text, on_error text, lane text, created_by text, request_id text, epoch_ms bigint,
        nonce text, created_at timestamptz, started_at timestamptz, finished_at timestamptz, status text, total bigint, created bigint,
        updated bigint, unchanged bigint, rejected bigint, attempts integer, parent_id uuid, outcome text, own_ids text
    )
), claimed AS (
    INSERT INTO ingest.chunk (tenant_id, job_id, chunk_no, epoch_ms, opening, generation, state, records, writer, attempts, created,
                              updated, unchanged, rejected, outcome, own_ids, seconds)
    SELECT tenant_id, job_id, 0, epoch_ms, 0, 0, 'written', total, %(writer)s, attempts, created, updated, unchanged, rejected,
           decode(outcome, 'base64'), decode(own_ids, 'base64'),
           extract(epoch FROM clock_timestamp() - now()) / count(*) OVER ()
    FROM new
    ON CONFLICT (tenant_id, job_id, chunk_no) DO NOTHING
    RETURNING 1
), ended AS (
    INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms, opening, nonce,
                            generation, created_at, started_at, finished_at, total, created, updated, unchanged, rejected,
                            chunks_total, attempts, namespace, parent_id)
    SELECT tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms, 0, nonce, 0, created_at,
           coalesce(started_at, now()), finished_at, total, created, updated, unchanged, rejected, 1, attempts, %(namespace)s, parent_id
    FROM new
    ON CONFLICT (tenant_id, job_id) DO UPDATE
    SET status = excluded.status, started_at = excluded.started_at, finished_at = excluded.finished_at,
        updated_at = excluded.updated_at, created = excluded.created, updated = excluded.updated, unchanged = excluded.unchanged, rejected = excluded.rejected,
        attempts = excluded.attempts
    WHERE ingest.job.nonce = excluded.nonce AND ingest.job.opening = 0 AND ingest.job.generation = 0 AND ingest.job.status = 'processing'
    RETURNING tenant_id, date_trunc('minute', finished_at, 'UTC') AS minute
), counted_later AS (
    INSERT INTO ingest.statistics_stale (tenant_id, at)
    SELECT DISTINCT tenant_id, minute FROM ended WHERE minute <> date_trunc('minute', now(), 'UTC')
)
SELECT (SELECT count(*) FROM claimed), (SELECT count(*) FROM ended)

-- name: open_jobs
-- A row that says nothing of its namespace is of a version before: ours, if nobody else is here.
SELECT tenant_id, job_id, opening, generation, epoch_ms, total, chunks_total FROM ingest.job
WHERE status = 'processing'
  AND (namespace = %(namespace)s OR (namespace = '' AND (SELECT count(*) FROM ingest.installation) = 1))
  AND updated_at < now() - make_interval(secs => %(older_than_s)s)
ORDER BY updated_at LIMIT %(limit)s

-- name: not_ended
SELECT k.job_id FROM unnest(%(tenants)s::uuid[], %(jobs)s::uuid[]) AS k (tenant_id, job_id)
LEFT JOIN ingest.job j USING (tenant_id, job_id)
WHERE j.status IS NULL OR j.status = 'processing'

-- name: give_up_chunks
INSERT INTO ingest.chunk (tenant_id, job_id, chunk_no, epoch_ms, opening, generation, state, failure, error, records, writer,
                          attempts)
SELECT %(tenant)s, %(job)s, n, %(epoch_ms)s, %(opening)s, %(generation)s, 'failed', 'lost', %(error)s, 0, %(writer)s, 0
FROM generate_series(0, %(chunks_total)s - 1) AS n
ON CONFLICT (tenant_id, job_id, chunk_no) DO NOTHING

-- name: lock_trails
SELECT tenant FROM unnest(%(tenants)s::uuid[]) AS tenant WHERE pg_try_advisory_xact_lock(hashtextextended(tenant::text, 7236492))

-- name: trail_heads
SELECT tenant, head.seq, head.hash FROM unnest(%(tenants)s::uuid[]) AS tenant
CROSS JOIN LATERAL (
    SELECT seq, hash FROM ingest.audit WHERE tenant_id = tenant AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1
) AS head

-- name: known_audit
SELECT a.tenant_id, a.audit_id FROM unnest(%(tenants)s::uuid[], %(ids)s::uuid[]) AS e (tenant_id, audit_id)
JOIN ingest.audit a USING (tenant_id, audit_id)

-- name: insert_audit
INSERT INTO ingest.audit (tenant_id, audit_id, at, actor, action, job_id, entity, request_id, counts, reason, seq, hash)
SELECT tenant_id, audit_id, at, actor, action, job_id, entity, request_id, counts, reason, seq, decode(hash, 'base64')
FROM json_to_recordset(%(entries)s::json) AS new (
    tenant_id uuid, audit_id uuid, at timestamptz, actor text, action text, job_id uuid, entity text, request_id text, counts jsonb,
    reason text, seq bigint, hash text
)

-- name: set_audit_aside
INSERT INTO ingest.audit_aside (tenant_id, sha256, raw, reason)
VALUES (%(tenant)s, sha256(%(raw)s), %(raw)s, %(reason)s)
ON CONFLICT (tenant_id, sha256) DO NOTHING

-- name: trails
SELECT DISTINCT tenant_id FROM ingest.audit WHERE %(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s ORDER BY tenant_id

-- name: read_trail
SELECT seq, hash, audit_id, tenant_id, at, actor, action, job_id, entity, request_id, counts, reason
FROM ingest.audit WHERE tenant_id = %(tenant)s AND seq IS NOT NULL ORDER BY seq

-- name: count_outside_trails
SELECT count(*) FROM ingest.audit WHERE seq IS NULL AND (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)

-- name: read_job
SELECT j.*, (SELECT count(*) FROM ingest.chunk c WHERE c.tenant_id = j.tenant_id AND c.job_id = j.job_id) AS chunks_recorded
FROM ingest.job j WHERE j.tenant_id = %(tenant)s AND j.job_id = %(job)s

-- name: read_jobs
SELECT j.*, (SELECT count(*) FROM ingest.chunk c WHERE c.tenant_id = j.tenant_id AND c.job_id = j.job_id) AS chunks_recorded
FROM ingest.job j WHERE j.tenant_id = %(tenant)s AND j.job_id = ANY(%(jobs)s)

-- name: list_jobs
SELECT j.*, j.chunks_total AS chunks_recorded FROM ingest.job j
WHERE j.tenant_id = %(tenant)s AND (j.created_at, j.job_id) < (%(before)s, %(before_id)s) AND parent_id IS NULL
ORDER BY j.created_at DESC, j.job_id DESC LIMIT %(limit)s

-- name: list_jobs_of
SELECT j.*, j.chunks_total AS chunks_recorded
FROM unnest(%(statuses)s::text[]) AS wanted_status CROSS JOIN unnest(%(entities)s::text[]) AS wanted_entity
CROSS JOIN unnest(%(lanes)s::text[]) AS wanted_lane
CROSS JOIN LATERAL (
    SELECT * FROM ingest.job j
    WHERE tenant_id = %(tenant)s AND status = wanted_status AND entity = wanted_entity
      AND (created_at, job_id) < (%(before)s, %(before_id)s) AND parent_id IS NULL
      AND created_at >= %(since)s AND lane = wanted_lane
      AND (%(q)s::text IS NULL OR strpos(lower(created_by), lower(%(q)s)) > 0 OR strpos(last_error, upper(%(q)s)) > 0
           OR job_id = ANY(%(named)s::uuid[])
           OR %(faults)s::jsonb IS NOT NULL AND rejected + failed > 0 AND EXISTS (
               SELECT FROM ingest.reject r
               WHERE r.tenant_id = j.tenant_id AND r.job_id = j.job_id AND r.faults @> %(faults)s::jsonb))
    ORDER BY created_at DESC, job_id DESC LIMIT %(limit)s
) AS j
ORDER BY j.created_at DESC, j.job_id DESC LIMIT %(limit)s

-- name: count_jobs_of
-- No more is counted than is asked for.
SELECT count(*) AS found FROM (
    SELECT FROM unnest(%(statuses)s::text[]) AS wanted_status CROSS JOIN unnest(%(entities)s::text[]) AS wanted_entity
    CROSS JOIN unnest(%(lanes)s::text[]) AS wanted_lane
    CROSS JOIN LATERAL (
        SELECT FROM ingest.job
        WHERE tenant_id = %(tenant)s AND status = wanted_status AND entity = wanted_entity AND parent_id IS NULL
          AND created_at >= %(since)s AND (%(until)s::timestamptz IS NULL OR created_at <= %(until)s)
          AND lane = wanted_lane
        LIMIT %(most)s
    ) AS j LIMIT %(most)s
) AS found

-- name: list_children
SELECT j.*, j.chunks_total AS chunks_recorded FROM ingest.job j
WHERE tenant_id = %(tenant)s AND parent_id = %(parent)s AND status = ANY(%(statuses)s) AND entity = ANY(%(entities)s)
      AND (created_at, job_id) < (%(before)s, %(before_id)s)
      AND created_at >= %(since)s AND lane = ANY(%(lanes)s)
      AND (%(q)s::text IS NULL OR strpos(lower(created_by), lower(%(q)s)) > 0 OR strpos(last_error, upper(%(q)s)) > 0
           OR job_id = ANY(%(named)s::uuid[])
           OR %(faults)s::jsonb IS NOT NULL AND rejected + failed > 0 AND EXISTS (
               SELECT FROM ingest.reject r
               WHERE r.tenant_id = j.tenant_id AND r.job_id = j.job_id AND r.faults @> %(faults)s::jsonb))
ORDER BY j.created_at DESC, j.job_id DESC LIMIT %(limit)s

-- name: named_in_rejects
-- Jobs, and tasks that have opened them, of which a record with this external id was refused.
SELECT r.job_id, j.parent_id FROM ingest.reject r JOIN ingest.job j USING (tenant_id, job_id)
WHERE r.tenant_id = %(tenant)s AND r.external_id = %(q)s GROUP BY r.job_id, j.parent_id LIMIT 1000

-- name: read_job_steps
SELECT at, actor, action, reason, counts FROM ingest.audit
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND action IN ('job.cancel', 'job.retry', 'job.mend') ORDER BY at, audit_id LIMIT 1000

-- name: read_chunks
SELECT chunk_no, state, records, attempts, error, writer, written_at FROM ingest.chunk
WHERE tenant_id = %(tenant)s AND job_id = %(job)s ORDER BY chunk_no LIMIT %(limit)s

-- name: count_faults
WITH looked AS (SELECT faults FROM ingest.reject WHERE tenant_id = %(tenant)s AND job_id = %(job)s LIMIT %(most)s)
SELECT fault ->> 'code' AS code, regexp_replace(coalesce(fault ->> 'pointer', ''), '/[0-9]+', '/*', 'g') AS pointer,
       count(*) AS count, (SELECT count(*) FROM looked) AS looked_at
FROM looked CROSS JOIN LATERAL jsonb_array_elements(faults) AS fault
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s

-- name: count_faults_of_load
WITH looked AS (
    SELECT r.faults FROM work.segment s CROSS JOIN LATERAL (
        SELECT faults FROM ingest.reject r WHERE r.tenant_id = s.tenant_id AND r.job_id = s.job_id LIMIT %(most)s
    ) AS r
    WHERE s.tenant_id = %(tenant)s AND s.task_id = %(job)s
      AND (s.records IS NULL OR s.records ->> 'rejected' <> '0' OR s.records ->> 'failed' <> '0')
    LIMIT %(most)s
)
SELECT fault ->> 'code' AS code, regexp_replace(coalesce(fault ->> 'pointer', ''), '/[0-9]+', '/*', 'g') AS pointer,
       count(*) AS count, (SELECT count(*) FROM looked) AS looked_at
FROM looked CROSS JOIN LATERAL jsonb_array_elements(faults) AS fault
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s

-- name: read_outcomes
SELECT chunk_no, records, outcome FROM ingest.chunk
WHERE tenant_id = %(tenant)s AND job_id = %(job)s ORDER BY chunk_no

-- name: read_rejects
SELECT record_index, stage, record_id, external_id, faults::text AS faults, failed,
       CASE WHEN %(raw)s THEN raw ELSE '' END AS raw
FROM (
    SELECT *, sum(octet_length(raw)) OVER (ORDER BY record_index) - octet_length(raw) AS bytes_before
    FROM (
        SELECT * FROM ingest.reject
        WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND record_index > %(after)s AND record_index < %(before)s
        ORDER BY record_index LIMIT %(limit)s
    ) AS page
) AS page
WHERE NOT %(raw)s OR bytes_before < %(bytes)s
ORDER BY record_index

-- name: read_own_ids
SELECT chunk_no, own_ids FROM ingest.chunk
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND own_ids <> '' ORDER BY chunk_no

-- name: read_rejected
SELECT record_index FROM ingest.reject WHERE tenant_id = %(tenant)s AND job_id = %(job)s

-- name: database_health
SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('transaction_read_only')::boolean,
       (SELECT sum(numbackends)::integer FROM pg_stat_database), current_setting('max_connections')::integer,
       pg_database_size(current_database())
