-- Statements about files and their parts.

-- name: lock_tenant_files
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s::text, 7236493))

-- name: file_usage
SELECT count(*), coalesce(sum(greatest(coalesce(size, 0), received)), 0)::bigint FROM work.file WHERE tenant_id = %(tenant)s

-- name: create_file
INSERT INTO work.file (tenant_id, file_id, name, size, created_by, expires_at)
VALUES (%(tenant)s, %(file)s, %(name)s, %(size)s, %(created_by)s, now() + make_interval(secs => %(ttl_s)s))
RETURNING *

-- name: read_file
SELECT * FROM work.file WHERE tenant_id = %(tenant)s AND file_id = %(file)s

-- name: list_files
SELECT * FROM work.file WHERE tenant_id = %(tenant)s
  AND (%(before)s::timestamptz IS NULL OR (created_at, file_id) < (%(before)s, %(before_id)s))
ORDER BY created_at DESC, file_id DESC LIMIT %(limit)s

-- name: read_parts
SELECT start, size, sha256, key FROM work.file_part WHERE tenant_id = %(tenant)s AND file_id = %(file)s ORDER BY start

-- name: take_upload
UPDATE work.file SET upload_token = %(token)s, updated_at = now()
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state = 'uploading'
RETURNING received, size

-- name: add_part
WITH grown AS (
    UPDATE work.file SET received = received + %(size)s, updated_at = now(),
        expires_at = greatest(expires_at, now() + make_interval(secs => %(ttl_s)s))
    WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND upload_token = %(token)s AND received = %(start)s
      AND state = 'uploading'
    RETURNING tenant_id, file_id
)
INSERT INTO work.file_part (tenant_id, file_id, start, size, sha256, key)
SELECT tenant_id, file_id, %(start)s, %(size)s, %(sha256)s, %(key)s FROM grown RETURNING start

-- name: complete_file
UPDATE work.file SET state = 'complete', size = received, sha256 = coalesce(%(sha256)s, sha256), upload_token = NULL,
    updated_at = now()
WHERE tenant_id = %(tenant)s AND file_id = %(file)s AND state = 'uploading' AND upload_token = %(token)s
  AND (size IS NULL OR size = received)
RETURNING *

-- name: file_is_used
SELECT EXISTS (
    SELECT FROM work.task WHERE tenant_id = %(tenant)s AND status IN ('pending', 'processing')
      AND parameters ->> 'file_id' = %(file)s::text
)

-- name: delete_file
DELETE FROM work.file WHERE tenant_id = %(tenant)s AND file_id = %(file)s RETURNING file_id

-- name: expired_files
SELECT tenant_id, file_id FROM work.file WHERE expires_at < now() ORDER BY expires_at LIMIT %(limit)s
