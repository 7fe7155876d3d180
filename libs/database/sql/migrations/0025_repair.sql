-- Tasks are opened at whole milliseconds, as batches are: places in lists have no finer ones, and pages would leave out or
-- repeat what was opened within one.
-- Safe to run while services are up: the table is small, and is rewritten within a moment, while tasks wait.

SET LOCAL ROLE sluice_owner;

ALTER TABLE work.task
    ALTER COLUMN created_at TYPE timestamptz(3),
    ALTER COLUMN created_at SET DEFAULT date_trunc('milliseconds', now());

-- Rejected records that somebody has mended and sent again, as which batch. A record is sent again once: what is wrong with
-- it then is a reject of the new batch.
CREATE TABLE work.mending (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    -- What had rejected them: a batch, or a load.
    job_id uuid NOT NULL,
    records integer NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, batch_id)
);
CREATE INDEX mending_of_job ON work.mending (tenant_id, job_id, created_at DESC);

CREATE TABLE work.sent_again (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    -- Of a load, the number of the row below the header, from 0.
    record_index bigint NOT NULL,
    batch_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, job_id, record_index)
);

GRANT SELECT, INSERT ON work.mending, work.sent_again TO sluice_tasks;
GRANT SELECT ON work.mending, work.sent_again TO sluice_reader;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['mending', 'sent_again'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
