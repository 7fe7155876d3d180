-- Statements about files. Whoever adds to one names its upload's token: without it nothing changes.

-- name: lock_tenant_files
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s::text, 7236496))

-- name: files_held
-- Seconds are those until the first of them goes.
SELECT count(*) AS files, coalesce(sum(greatest(size, received)), 0)::bigint AS bytes,
       greatest(extract(epoch FROM min(expires_at) - now()), 0)::float8 AS seconds
FROM work.file WHERE tenant_id = %(tenant)s AND state <> 'forgotten'

-- name: new_file
INSERT INTO work.file (tenant_id, file_id, name, size, upload_token, metadata, created_by, created_at, expires_at)
VALUES (%(tenant)s, %(file)s, %(name)s, %(size)s, %(token)s, %(metadata)s, %(created_by)s,
        date_trunc('milliseconds', now()), -- as page tokens have it
        now() + make_interval(secs => %(keep_s)s))
RETURNING *

-- name: read_file
SELECT * FROM work.file WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state <> 'forgotten'

-- name: read_files
SELECT * FROM work.file WHERE tenant_id = %(tenant)s AND file_id = ANY(%(files)s) AND state <> 'forgotten'

-- name: list_files
SELECT * FROM work.file
WHERE tenant_id = %(tenant)s AND state <> 'forgotten' AND (created_at, file_id) < (%(before)s, %(before_id)s)
ORDER BY created_at DESC, file_id DESC LIMIT %(limit)s

-- name: resting_upload
-- What somebody has begun and not ended of the same file, as far as can be told from outside.
SELECT * FROM work.file
WHERE tenant_id = %(tenant)s AND state = 'receiving' AND created_by = %(created_by)s
  AND name = %(name)s AND size = %(size)s AND metadata = %(metadata)s
ORDER BY created_at DESC, file_id DESC LIMIT 1

-- name: read_parts
SELECT start, size, sha256, key FROM work.file_part WHERE tenant_id = %(tenant)s AND file_id = %(file)s ORDER BY start

-- name: take_upload
-- For whoever knows how much is there: an offset that is wrong ends nobody's upload.
UPDATE work.file SET upload_token = %(token)s, size = coalesce(size, %(size)s::bigint), updated_at = now(),
    expires_at = greatest(expires_at, now() + make_interval(secs => %(keep_s)s))
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state = 'receiving'
  AND received = coalesce(%(offset)s::bigint, received)
  AND received <= coalesce(%(size)s::bigint, received) AND coalesce(size, %(size)s::bigint) IS NOT DISTINCT FROM coalesce(%(size)s::bigint, size)
RETURNING *

-- name: add_parts
WITH advanced AS (
    UPDATE work.file SET
        received = received + %(added)s::bigint, parts = parts + cardinality(%(starts)s::bigint[]), updated_at = now(),
        expires_at = greatest(expires_at, now() + make_interval(secs => %(keep_s)s))
    WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND upload_token = %(token)s AND received = %(offset)s
      AND state = 'receiving' AND received + %(added)s::bigint <= coalesce(size, received + %(added)s::bigint)
    RETURNING tenant_id, file_id
)
INSERT INTO work.file_part (tenant_id, file_id, start, size, sha256, key)
SELECT tenant_id, file_id, part.start, part.size, part.sha256, part.key
FROM advanced, unnest(%(starts)s::bigint[], %(sizes)s::integer[], %(digests)s::bytea[], %(keys)s::text[])
    AS part (start, size, sha256, key)
RETURNING start

-- name: complete_file
UPDATE work.file SET
    state = 'complete', size = received, sha256 = %(sha256)s, updated_at = now(),
    expires_at = now() + make_interval(secs => %(keep_s)s)
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND upload_token = %(token)s AND received = %(offset)s
  AND state = 'receiving' AND received = coalesce(size, received)
RETURNING *

-- name: analyse_file
UPDATE work.file SET analysis = %(analysis)s, updated_at = now()
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state = 'complete'

-- name: tasks_of_file
-- Tasks that have not ended and whose parameters name the file, wherever they do.
SELECT task_id FROM work.task
WHERE tenant_id = %(tenant)s AND status IN ('pending', 'processing')
  AND jsonb_path_exists(parameters, '$.** ? (@ == $file)', jsonb_build_object('file', %(file)s::text))
LIMIT 1

-- name: forget_file
UPDATE work.file SET state = 'forgotten', upload_token = gen_random_uuid(), updated_at = now()
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state <> 'forgotten'
RETURNING file_id

-- name: expire_files
UPDATE work.file f SET state = 'forgotten', upload_token = gen_random_uuid(), updated_at = now()
FROM (SELECT tenant_id, file_id FROM work.file old
      WHERE state <> 'forgotten' AND expires_at < now() AND NOT EXISTS (
          SELECT FROM work.task t WHERE t.tenant_id = old.tenant_id AND t.status IN ('pending', 'processing')
            AND jsonb_path_exists(t.parameters, '$.** ? (@ == $file)', jsonb_build_object('file', old.file_id::text)))
      ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
WHERE f.tenant_id = due.tenant_id AND f.file_id = due.file_id
RETURNING f.file_id

-- name: files_to_complete
-- Those that have all of their bytes, and whose last request died before it said so.
SELECT tenant_id, file_id FROM work.file
WHERE state = 'receiving' AND received = size AND updated_at < now() - make_interval(secs => %(grace_s)s)
ORDER BY updated_at LIMIT %(limit)s

-- name: files_to_clear
SELECT tenant_id, file_id, cleared_at IS NOT NULL AS again FROM work.file
WHERE state = 'forgotten' AND (cleared_at IS NULL OR cleared_at < now() - make_interval(secs => %(again_s)s))
ORDER BY cleared_at NULLS FIRST LIMIT %(limit)s

-- name: note_cleared
WITH cleared AS (DELETE FROM work.file_part WHERE tenant_id = %(tenant)s AND file_id = %(file)s)
UPDATE work.file SET cleared_at = now() WHERE tenant_id = %(tenant)s AND file_id = %(file)s

-- name: end_file
DELETE FROM work.file WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state = 'forgotten'
