-- Mappings: how the columns of a tenant's files become fields. A row is one version and never changes, whoever asks:
-- a load that was opened with a version reads the same one to its end. Approving makes a version, too.
-- Safe to run while services are up: nothing refers to this table yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.mapping (
    tenant_id uuid NOT NULL,
    mapping_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('proposed', 'approved')),
    -- Null where the columns are matched with another file's.
    entity text,
    -- The file that it was made for; which may be gone.
    file_id uuid,
    -- Of the header's names: files with the same header find each other's mappings.
    signature bytea NOT NULL,
    content jsonb NOT NULL,
    -- Of this version.
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, mapping_id, version)
);
-- The tenant's history: what it has approved, newest first.
CREATE INDEX mapping_approved ON work.mapping (tenant_id, entity, created_at DESC) WHERE status = 'approved';

GRANT SELECT ON work.mapping TO sluice_reader;
GRANT SELECT, INSERT ON work.mapping TO sluice_tasks, sluice_processor;

ALTER TABLE work.mapping ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON work.mapping FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
CREATE POLICY tenant ON work.mapping TO sluice_tasks
    USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant());
