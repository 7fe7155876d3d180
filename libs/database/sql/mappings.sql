-- Statements about mappings. Versions are added and never changed: two that change the same one meet the primary key.

-- name: add_mapping
INSERT INTO work.mapping (tenant_id, mapping_id, version, status, entity, file_id, signature, content, created_by)
VALUES (%(tenant)s, %(mapping)s, 1, 'proposed', %(entity)s, %(file)s, %(signature)s, %(content)s, %(created_by)s)
ON CONFLICT DO NOTHING RETURNING *

-- name: change_mapping
INSERT INTO work.mapping (tenant_id, mapping_id, version, status, entity, file_id, signature, content, created_by)
SELECT tenant_id, mapping_id, version + 1, 'proposed', entity, file_id, signature, %(content)s, %(created_by)s
FROM work.mapping WHERE tenant_id = %(tenant)s AND mapping_id = %(mapping)s AND version = %(version)s
ON CONFLICT DO NOTHING RETURNING *

-- name: approve_mapping
INSERT INTO work.mapping (tenant_id, mapping_id, version, status, entity, file_id, signature, content, created_by)
SELECT tenant_id, mapping_id, version + 1, 'approved', entity, file_id, signature, content, %(created_by)s
FROM work.mapping WHERE tenant_id = %(tenant)s AND mapping_id = %(mapping)s AND version = %(version)s
ON CONFLICT DO NOTHING RETURNING *

-- name: read_mapping
SELECT * FROM work.mapping
WHERE tenant_id = %(tenant)s AND mapping_id = %(mapping)s AND (%(version)s::integer IS NULL OR version = %(version)s)
ORDER BY version DESC LIMIT 1

-- name: list_mappings
-- Ids are made in the order of time. The content stays where it is: it may have thousands of columns.
SELECT * FROM (
    SELECT DISTINCT ON (mapping_id) tenant_id, mapping_id, version, status, entity, file_id, created_by, created_at
    FROM work.mapping WHERE tenant_id = %(tenant)s AND mapping_id < %(before)s
    ORDER BY mapping_id DESC, version DESC
) newest
WHERE (%(entity)s::text IS NULL OR entity = %(entity)s) AND (%(status)s::text IS NULL OR status = %(status)s)
ORDER BY mapping_id DESC LIMIT %(limit)s

-- name: mappings_for_files
-- By the file that they are for: those that were made for it, and those of other files with the same header; the newest first.
SELECT wanted.file_id AS wanted, found.*
FROM unnest(%(files)s::uuid[], %(signatures)s::bytea[]) AS wanted (file_id, signature)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (mapping_id) mapping_id, version, status, entity, file_id, created_by, created_at
    FROM work.mapping m
    WHERE m.tenant_id = %(tenant)s AND (m.file_id = wanted.file_id OR m.signature = wanted.signature)
    ORDER BY mapping_id DESC, version DESC LIMIT %(limit)s
) found
ORDER BY found.mapping_id DESC

-- name: approved_mapping
SELECT * FROM work.mapping
WHERE tenant_id = %(tenant)s AND entity IS NOT DISTINCT FROM %(entity)s AND status = 'approved' AND signature = %(signature)s
ORDER BY created_at DESC LIMIT 1

-- name: approved_names
-- Of names that were approved for several fields, the last one counts: it comes last.
SELECT each_column ->> 'name' AS name, each_column ->> 'target' AS target FROM (
    SELECT content, created_at FROM work.mapping
    WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND status = 'approved'
    ORDER BY created_at DESC LIMIT %(limit)s
) newest, jsonb_array_elements(content -> 'columns') each_column
WHERE each_column ->> 'target' IS NOT NULL
ORDER BY created_at
