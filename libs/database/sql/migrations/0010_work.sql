-- Tasks: jobs of more than one batch. They live here and not in Redis, because they are few, long, and must survive it.
--   sluice_tasks      what a service needs to open, cancel and retry tasks: under row level security, one tenant at a time
--   sluice_processor  runs tasks of all tenants
-- Safe to run while services are up: nothing refers to these tables yet.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_tasks') THEN CREATE ROLE sluice_tasks NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_processor') THEN
        CREATE ROLE sluice_processor NOLOGIN BYPASSRLS;
    END IF;
    EXECUTE format('GRANT sluice_tasks, sluice_processor TO %I', session_user);
END $$;

CREATE SCHEMA work AUTHORIZATION sluice_owner;
GRANT USAGE ON SCHEMA work TO sluice_tasks, sluice_processor, sluice_reader;
GRANT USAGE ON SCHEMA ingest, inventory TO sluice_tasks, sluice_processor;

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.task (
    tenant_id uuid NOT NULL,
    task_id uuid NOT NULL,
    parent_id uuid,
    type text NOT NULL,
    entity text,
    lane text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    parameters jsonb NOT NULL,
    result jsonb,
    -- What the type needs to go on where it stopped; nobody else reads it.
    checkpoint jsonb,
    stage text NOT NULL DEFAULT '',
    progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    -- As a job's records: what has become of them so far.
    counters jsonb NOT NULL DEFAULT '{}',
    error text,
    created_by text NOT NULL,
    request_id text NOT NULL,
    traceparent text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Changes with every change that people can see.
    version bigint NOT NULL DEFAULT 1,
    attempts integer NOT NULL DEFAULT 0,
    -- Attempts in a row that ended in an error that may pass.
    strikes integer NOT NULL DEFAULT 0,
    -- Processors that died with the task in hand, in a row.
    crashes integer NOT NULL DEFAULT 0,
    retries integer NOT NULL DEFAULT 0,
    cancelling boolean NOT NULL DEFAULT false,
    not_before timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz NOT NULL DEFAULT now(),
    -- Who runs it: every write of a processor names its token, so that one which was thought dead writes nothing.
    lease_token uuid,
    lease_until timestamptz,
    processor text NOT NULL DEFAULT '',
    idempotency_key text,
    fingerprint text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, task_id),
    CONSTRAINT only_the_end_is_100 CHECK (progress < 100 OR status = 'completed')
);
CREATE INDEX task_open ON work.task (not_before) WHERE status IN ('pending', 'processing');
CREATE INDEX task_newest_first ON work.task (tenant_id, created_at DESC, task_id DESC);
CREATE INDEX task_children ON work.task (tenant_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX task_idempotency ON work.task (tenant_id, type, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- A task's story, for people.
CREATE TABLE work.task_log (
    tenant_id uuid NOT NULL,
    task_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    code text NOT NULL,
    params jsonb NOT NULL DEFAULT '{}',
    actor text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, task_id, seq),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task ON DELETE CASCADE
);

GRANT SELECT ON ALL TABLES IN SCHEMA work TO sluice_reader;
GRANT SELECT, INSERT, UPDATE ON work.task TO sluice_tasks;
GRANT SELECT, INSERT ON work.task_log TO sluice_tasks;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA work TO sluice_processor;
GRANT SELECT, INSERT ON ingest.audit TO sluice_tasks, sluice_processor;
-- Their entries in the audit trail are added to its chain, in the same transaction.
CREATE POLICY tenant_acts ON ingest.audit TO sluice_tasks
    USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant());

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['task', 'task_log'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
