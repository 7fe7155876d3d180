-- Backups, what is forgotten after a time, schedules that are there by themselves, and times that were missed.
-- Safe to run while services are up: columns with constant defaults, which processors of before leave alone; it waits for
-- the transactions that hold the tables of fires and of statistics, and takes no time itself.

-- What pg_dump logs in as. It reads everything, of all tenants, and makes databases, in which backups are tried; it changes
-- nothing. Nobody can log in as it until somebody sets its password: ALTER ROLE sluice_backup PASSWORD '…'.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_backup') THEN
        CREATE ROLE sluice_backup LOGIN BYPASSRLS CREATEDB;
    END IF;
END $$;
GRANT SELECT ON public.sluice_migration TO sluice_backup;

SET LOCAL ROLE sluice_owner;

-- Also what other migrations bring.
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO sluice_backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO sluice_backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO sluice_backup;
GRANT USAGE ON SCHEMA inventory, ingest, work TO sluice_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA inventory, ingest, work TO sluice_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA inventory, ingest, work TO sluice_backup;

-- How many times a schedule was due when nobody was there, up to the one that this row is about.
ALTER TABLE work.schedule_fire ADD COLUMN missed integer NOT NULL DEFAULT 0;

-- Schedules that were once made by themselves: what people have made of one since then stays, also that it is gone.
CREATE TABLE work.schedule_offered (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name)
);
GRANT SELECT, INSERT ON work.schedule_offered TO sluice_processor;
ALTER TABLE work.schedule_offered ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON work.schedule_offered TO sluice_reader, sluice_tasks USING (tenant_id = ingest.current_tenant());
GRANT INSERT ON work.schedule TO sluice_processor;

-- What a processor forgets after a time; and all tenants that there are. Nobody may delete from ingest.audit.
GRANT DELETE ON ingest.job, ingest.chunk, ingest.reject, work.segment TO sluice_processor;
GRANT SELECT, DELETE ON work.mending, work.sent_again TO sluice_processor;
GRANT SELECT ON ALL TABLES IN SCHEMA inventory TO sluice_processor;

-- Of days before this one the ledger is not whole any more: they are never counted anew.
ALTER TABLE ingest.statistics_progress ADD COLUMN ledger_from timestamptz NOT NULL DEFAULT '-infinity';

CREATE OR REPLACE FUNCTION ingest.chunk_has_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest.statistics_stale (tenant_id, at)
    SELECT OLD.tenant_id, date_trunc('minute', at, 'UTC')
    FROM (VALUES (OLD.written_at), (NEW.written_at)) AS moved (at), ingest.statistics_progress WHERE at >= ledger_from;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ingest.job_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest.statistics_stale (tenant_id, at)
    SELECT DISTINCT NEW.tenant_id, date_trunc('minute', at, 'UTC')
    FROM (VALUES (OLD.finished_at), (NEW.finished_at)) AS ends (at), ingest.statistics_progress WHERE at >= ledger_from;
    RETURN NULL;
END $$;
