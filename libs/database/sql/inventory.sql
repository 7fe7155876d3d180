-- Statements about the inventory that do not depend on an entity.

-- name: read_origin
-- The job that wrote a record, and, where a load has opened it, the file and the rows before those of the job.
SELECT j.created_by, t.task_id, t.parameters ->> 'file_id' AS file_id, f.name AS file_name, t.checkpoint ->> 'sheet' AS sheet,
       s.first_row, s.jumps, CASE
           WHEN coalesce(following.start_line, (t.checkpoint ->> 'line')::bigint) - s.start_line = s.rows THEN s.start_line
       END AS first_line -- where each row is a line
FROM ingest.job j
LEFT JOIN work.task t ON t.tenant_id = j.tenant_id AND t.task_id = j.parent_id AND t.type = 'load'
LEFT JOIN work.segment s ON s.tenant_id = j.tenant_id AND s.task_id = j.parent_id AND s.job_id = j.job_id
LEFT JOIN work.segment following
    ON following.tenant_id = j.tenant_id AND following.task_id = j.parent_id AND following.number = s.number + 1
LEFT JOIN work.file f ON f.tenant_id = j.tenant_id AND f.file_id = (t.parameters ->> 'file_id')::uuid
WHERE j.tenant_id = %(tenant)s AND j.job_id = %(job)s
LIMIT 1

-- name: pages_of_cache
SELECT pg_size_bytes(current_setting('shared_buffers')) / current_setting('block_size')::bigint

-- name: read_stretch
-- A tenant's next rows by one of their keys, and the pages of the table that they are in.
WITH stretch AS MATERIALIZED (
    SELECT {key} AS key, (ctid::text::point)[0]::bigint AS page FROM {table}
    WHERE tenant_id = %(tenant)s AND {key} > %(after)s ORDER BY {key} LIMIT %(rows)s
)
SELECT count(*) AS rows, (array_agg(key ORDER BY key DESC))[1] AS last, coalesce(array_agg(DISTINCT page), '{{}}') AS pages
FROM stretch

-- name: pages_asked
-- What this session has asked for, of a table and its keys; parts of the table among it.
WITH tables AS (SELECT %(table)s::regclass AS relation UNION SELECT relid FROM pg_partition_tree(%(table)s)),
relations AS (
    SELECT relation, false AS is_key FROM tables
    UNION ALL SELECT indexrelid, true FROM pg_index JOIN tables ON indrelid = relation
)
SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(relation)) FILTER (WHERE is_key), 0)::bigint AS keys,
       coalesce(sum(pg_stat_get_xact_blocks_fetched(relation) - pg_stat_get_xact_blocks_hit(relation)), 0)::bigint AS missed
FROM relations
