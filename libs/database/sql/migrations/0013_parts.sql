-- Batches that are parts of a task, and where in a file the rows of each part of a load stand.
-- Safe to run while services are up: the column is empty, and writers of the version before leave it so. While the
-- indexes are made, about a second for each million jobs, writers cannot open or end a job, and what is accepted waits.
-- Where that is too long, make them beforehand, outside of a transaction, each with CREATE INDEX CONCURRENTLY.

SET LOCAL ROLE sluice_owner;

ALTER TABLE ingest.job ADD COLUMN parent_id uuid;
-- Lists leave parts out, unless they ask for those of one task.
CREATE INDEX IF NOT EXISTS job_listed ON ingest.job (tenant_id, created_at DESC, job_id DESC) WHERE parent_id IS NULL;
CREATE INDEX IF NOT EXISTS job_listed_by_state ON ingest.job (tenant_id, status, entity, created_at DESC, job_id DESC)
    WHERE parent_id IS NULL;
CREATE INDEX IF NOT EXISTS job_parts ON ingest.job (tenant_id, parent_id, created_at DESC, job_id DESC)
    WHERE parent_id IS NOT NULL;
-- Which nobody asks any more.
DROP INDEX IF EXISTS ingest.job_newest_first, ingest.job_by_state;

CREATE TABLE work.segment (
    tenant_id uuid NOT NULL,
    task_id uuid NOT NULL,
    number integer NOT NULL,
    -- Where its rows begin: bytes of the file as it is once decompressed, and its line.
    start_offset bigint NOT NULL,
    start_line bigint NOT NULL,
    -- How many rows of the file come before it, and how many are its own.
    first_row bigint NOT NULL,
    rows integer NOT NULL,
    job_id uuid NOT NULL,
    -- Of rows that have a number and no bytes, as in a sheet: index and number of each that does not follow the one before.
    jumps integer[] NOT NULL DEFAULT '{}',
    -- As the job's records once it has ended; null until then.
    records jsonb,
    PRIMARY KEY (tenant_id, task_id, number),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task ON DELETE CASCADE
);

GRANT SELECT ON work.segment TO sluice_reader, sluice_tasks;
GRANT SELECT, INSERT, UPDATE ON work.segment TO sluice_processor;

ALTER TABLE work.segment ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON work.segment FOR SELECT TO sluice_reader, sluice_tasks
    USING (tenant_id = ingest.current_tenant());
