-- Jobs, the ledger of their chunks, rejected records and the audit trail.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE ingest.job (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    entity text NOT NULL,
    status text NOT NULL CHECK (status IN ('processing', 'completed', 'failed', 'cancelled')),
    mode text NOT NULL,
    on_error text NOT NULL,
    lane text NOT NULL,
    created_by text NOT NULL,
    request_id text NOT NULL,
    -- Which opening of the job this row speaks of: Redis may lose a job that its client then sends again (epoch_ms), and
    -- failed chunks may be retried (generation). Later openings win over earlier ones.
    epoch_ms bigint NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    total bigint NOT NULL,
    created bigint NOT NULL DEFAULT 0,
    updated bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    chunks_total integer NOT NULL,
    chunks_failed integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    PRIMARY KEY (tenant_id, job_id),
    CONSTRAINT every_record_is_counted CHECK (
        finished_at IS NULL OR total = created + updated + unchanged + rejected + failed + cancelled
    )
);
CREATE INDEX job_open ON ingest.job (updated_at) WHERE status = 'processing';
CREATE INDEX job_newest_first ON ingest.job (tenant_id, created_at DESC, job_id DESC);

-- The ledger. A chunk's row is the first thing its transaction inserts, so the chunk can be written once only.
-- A failed chunk may be written by a later opening of the job, never by a late delivery of the same one.
CREATE TABLE ingest.chunk (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    chunk_no integer NOT NULL,
    epoch_ms bigint NOT NULL,
    generation integer NOT NULL,
    state text NOT NULL CHECK (state IN ('written', 'failed', 'cancelled')),
    failure text NOT NULL DEFAULT '' CHECK (failure IN ('', 'transient', 'permanent', 'lost')),
    records integer NOT NULL,
    created integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    outcome bytea NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '',
    writer text NOT NULL,
    attempts integer NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, job_id, chunk_no)
);

CREATE TABLE ingest.reject (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    record_index integer NOT NULL,
    chunk_no integer NOT NULL,
    stage text NOT NULL,
    record_id text,
    external_id text,
    faults jsonb NOT NULL,
    failed boolean NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (tenant_id, job_id, record_index)
);

-- Who changed what. Nobody changes or removes a row by mistake; an owner who takes the trigger away first can (0005).
CREATE TABLE ingest.audit (
    tenant_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    job_id uuid NOT NULL,
    entity text NOT NULL,
    request_id text NOT NULL,
    counts jsonb NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, audit_id)
);
CREATE INDEX audit_newest_first ON ingest.audit (tenant_id, at DESC);

CREATE FUNCTION ingest.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ingest.audit
    FOR EACH STATEMENT EXECUTE FUNCTION ingest.append_only();
-- Also for sessions that replicate, in which ordinary triggers are silent.
ALTER TABLE ingest.audit ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT, INSERT, UPDATE ON ingest.job, ingest.chunk TO sluice_writer;
GRANT SELECT, INSERT, DELETE ON ingest.reject TO sluice_writer;
GRANT SELECT, INSERT ON ingest.audit TO sluice_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA ingest TO sluice_reader;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['job', 'chunk', 'reject', 'audit'] LOOP
        EXECUTE format('ALTER TABLE ingest.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON ingest.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
