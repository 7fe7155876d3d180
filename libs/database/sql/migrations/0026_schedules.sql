-- Schedules: what is opened again and again, and each time that it was. The tenant is in every key; that of the system is
-- the UUID of zeros.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.schedule (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    parameters jsonb NOT NULL,
    -- As somebody has written it, and as it is computed with.
    told text NOT NULL,
    cron text NOT NULL,
    zone text NOT NULL,
    grace_s integer NOT NULL CHECK (grace_s >= 0),
    paused boolean NOT NULL DEFAULT false,
    -- The next time; who opens what is due moves it on in the same transaction.
    due_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name),
    CONSTRAINT paused_is_not_due CHECK (paused = (due_at IS NULL))
);
CREATE INDEX schedule_due ON work.schedule (due_at) WHERE due_at IS NOT NULL;

-- A time is there once: that is what keeps two processors, and a clock that is set back, from opening its job twice. It stays
-- when its schedule goes.
CREATE TABLE work.schedule_fire (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    due_at timestamptz NOT NULL,
    fired_at timestamptz NOT NULL,
    actor text NOT NULL DEFAULT '',
    task_id uuid,
    PRIMARY KEY (tenant_id, name, due_at)
);
CREATE INDEX schedule_fire_newest_first ON work.schedule_fire (tenant_id, name, fired_at DESC);
CREATE INDEX schedule_fire_age ON work.schedule_fire (fired_at);

GRANT SELECT ON work.schedule, work.schedule_fire TO sluice_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.schedule TO sluice_tasks;
GRANT SELECT, INSERT ON work.schedule_fire TO sluice_tasks;
GRANT SELECT, UPDATE ON work.schedule TO sluice_processor;
GRANT SELECT, INSERT, DELETE ON work.schedule_fire TO sluice_processor;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['schedule', 'schedule_fire'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
