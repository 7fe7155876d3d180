-- The processor's login and rights; what sweepers look tasks up by, and searches jobs.
-- Safe to run while services are up: a column with a constant default, which writers of before leave alone. While the index
-- of rejects is made, writers cannot add any, and what is accepted waits. Where that is too long, make it beforehand,
-- outside of a transaction:
--   CREATE INDEX CONCURRENTLY reject_by_name ON ingest.reject (tenant_id, external_id) WHERE external_id IS NOT NULL;

DO $$
DECLARE made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES ('sluice_processing', 'sluice_processor'), ('sluice_ingest', 'sluice_tasks')) AS logins (login, role) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made.login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', made.login);
        END IF;
        IF NOT pg_has_role(made.login, made.role, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', made.role, made.login);
        END IF;
    END LOOP;
END $$;

GRANT SELECT ON public.sluice_migration TO sluice_tasks, sluice_processor;

SET LOCAL ROLE sluice_owner;

-- A processor opens batches, and reads what became of them.
GRANT SELECT ON ingest.installation, ingest.job, ingest.chunk, ingest.reject TO sluice_processor;
GRANT SELECT ON ingest.installation TO sluice_tasks;
CREATE POLICY everybody_too ON ingest.installation FOR SELECT TO sluice_tasks USING (true);

-- Lists show tasks among batches, whose times are whole milliseconds of Redis' clock.
ALTER TABLE work.task ALTER created_at SET DEFAULT date_trunc('milliseconds', now());

-- Sweepers: what has waited longest for a message first; what a tenant runs now; what is to be cancelled.
DROP INDEX work.task_open;
CREATE INDEX task_open ON work.task (published_at) WHERE status IN ('pending', 'processing');
CREATE INDEX task_open_of_tenant ON work.task (tenant_id) WHERE status IN ('pending', 'processing');
CREATE INDEX task_leased ON work.task (tenant_id) WHERE lease_until IS NOT NULL;
CREATE INDEX task_cancelling ON work.task (tenant_id) WHERE cancelling;

-- A search finds the jobs of a record by its external id.
CREATE INDEX IF NOT EXISTS reject_by_name ON ingest.reject (tenant_id, external_id) WHERE external_id IS NOT NULL;

-- Why somebody did it; and the story of a job, of which the trail has what people did.
ALTER TABLE ingest.audit ADD COLUMN reason text NOT NULL DEFAULT '';
CREATE INDEX audit_of_job ON ingest.audit (tenant_id, job_id, at) WHERE action IN ('job.cancel', 'job.retry');
