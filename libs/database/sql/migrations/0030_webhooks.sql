-- Webhooks: what is to be told outside, written in the transaction of what it tells of (docs/adr/0035).
-- Safe to run while services are up: nothing refers to this table yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.webhook (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    -- As it is signed: byte for byte the same each time.
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When it is sent next. Who sends it moves this on first, so that nobody else does meanwhile.
    due_at timestamptz DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    -- Why the last attempt failed: a word or a status of HTTP. Of one that has ended: without it, it was taken.
    error text,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT due_or_ended CHECK ((due_at IS NULL) = (ended_at IS NOT NULL))
);
CREATE INDEX webhook_due ON work.webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_ended ON work.webhook (ended_at) WHERE ended_at IS NOT NULL;

GRANT SELECT ON work.webhook TO sluice_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.webhook TO sluice_processor;
ALTER TABLE work.webhook ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON work.webhook FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
