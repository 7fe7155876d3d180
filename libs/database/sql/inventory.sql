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
