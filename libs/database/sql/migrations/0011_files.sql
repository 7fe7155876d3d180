-- Files that people bring, and the mappings of their columns. A file is its parts: what was acknowledged of an upload.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.file (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    name text NOT NULL,
    -- What was announced; NULL while the sender does not know yet.
    size bigint CHECK (size >= 0),
    received bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'complete')),
    sha256 bytea,
    format text,
    analysis jsonb,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    -- Who sends it: a newer request takes the upload over, and the older one can add nothing more.
    upload_token uuid,
    PRIMARY KEY (tenant_id, file_id),
    CONSTRAINT no_more_than_announced CHECK (size IS NULL OR received <= size)
);
CREATE INDEX file_newest_first ON work.file (tenant_id, created_at DESC, file_id DESC);
CREATE INDEX file_expiry ON work.file (expires_at);

CREATE TABLE work.file_part (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    start bigint NOT NULL,
    size integer NOT NULL CHECK (size > 0),
    sha256 bytea NOT NULL,
    -- Where the storage has it.
    key text NOT NULL,
    PRIMARY KEY (tenant_id, file_id, start),
    FOREIGN KEY (tenant_id, file_id) REFERENCES work.file ON DELETE CASCADE
);

-- A mapping's versions never change; a new one is a new row.
CREATE TABLE work.mapping (
    tenant_id uuid NOT NULL,
    mapping_id uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    file_id uuid,
    entity text NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'approved')),
    content jsonb NOT NULL,
    -- The headers that it was made for, so that the next file with the same ones finds it.
    signature bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, mapping_id, version)
);
CREATE INDEX mapping_history ON work.mapping (tenant_id, entity, signature, created_at DESC) WHERE status = 'approved';

GRANT SELECT ON work.file, work.file_part, work.mapping TO sluice_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.file, work.file_part TO sluice_tasks, sluice_processor;
GRANT SELECT, INSERT ON work.mapping TO sluice_tasks, sluice_processor;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['file', 'file_part', 'mapping'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
