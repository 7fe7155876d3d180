-- Pages of jobs by state and by entity, each as deep as it likes for the same cost.
-- Safe to run while services are up; but while the index is made, about a second for each million jobs, writers cannot
-- open or end a job, and what is accepted waits. Where that is too long, make it beforehand, outside of a transaction:
--   CREATE INDEX CONCURRENTLY job_by_state ON ingest.job (tenant_id, status, entity, created_at DESC, job_id DESC);

SET LOCAL ROLE sluice_owner;

CREATE INDEX IF NOT EXISTS job_by_state ON ingest.job (tenant_id, status, entity, created_at DESC, job_id DESC);
