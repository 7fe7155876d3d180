-- The processor's login and rights, and what lists and sweepers look tasks up by.
-- Safe to run while services are up: nobody runs tasks yet.

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
CREATE INDEX task_leased ON work.task (tenant_id) WHERE lease_until IS NOT NULL;
CREATE INDEX task_cancelling ON work.task (tenant_id) WHERE cancelling;
