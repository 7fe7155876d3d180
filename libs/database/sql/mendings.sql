-- Statements about rejected records that were mended and sent again.

-- name: note_sent_again
INSERT INTO work.sent_again (tenant_id, job_id, record_index, batch_id)
SELECT %(tenant_id)s, %(job_id)s, record_index, %(batch_id)s FROM unnest(%(indexes)s::bigint[]) AS record_index
ON CONFLICT DO NOTHING

-- name: sent_as
SELECT record_index, batch_id FROM work.sent_again
WHERE tenant_id = %(tenant_id)s AND job_id = %(job_id)s AND record_index = ANY(%(indexes)s::bigint[])

-- name: note_mending
INSERT INTO work.mending (tenant_id, batch_id, job_id, records, created_by)
VALUES (%(tenant_id)s, %(batch_id)s, %(job_id)s, %(records)s, %(created_by)s)

-- name: mendings_of_job
SELECT batch_id, job_id, records, created_by, created_at FROM work.mending
WHERE tenant_id = %(tenant_id)s AND job_id = %(job_id)s ORDER BY created_at DESC, batch_id DESC LIMIT %(limit)s

-- name: read_mending
SELECT batch_id, job_id, records, created_by, created_at FROM work.mending
WHERE tenant_id = %(tenant_id)s AND batch_id = %(batch_id)s
