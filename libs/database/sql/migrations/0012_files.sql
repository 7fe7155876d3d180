-- Files: what is known of them. Their bytes are parts in a storage, each durable before its row is here.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE work.file (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    name text NOT NULL,
    -- Bytes; NULL while nobody has said how many there will be.
    size bigint CHECK (size >= 0),
    -- Bytes that are durable, from the start.
    received bigint NOT NULL DEFAULT 0,
    parts integer NOT NULL DEFAULT 0,
    -- A file is never unmade at once: its bytes are cleared first, and once more after a while, since somebody who was
    -- slow may have added to them meanwhile.
    state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'complete', 'forgotten')),
    cleared_at timestamptz,
    sha256 bytea,
    -- Who may add to it: an upload that was taken over by a newer request adds nothing any more.
    upload_token uuid NOT NULL,
    -- As the protocol of the upload gave it, to be said again.
    metadata text NOT NULL DEFAULT '',
    analysis jsonb,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, file_id),
    CONSTRAINT not_more_than_all CHECK (received <= size),
    CONSTRAINT complete_is_known CHECK (state <> 'complete' OR (size = received AND sha256 IS NOT NULL))
);
CREATE INDEX file_newest_first ON work.file (tenant_id, created_at DESC, file_id DESC) WHERE state <> 'forgotten';
CREATE INDEX file_expiry ON work.file (expires_at) WHERE state <> 'forgotten';
CREATE INDEX file_forgotten ON work.file (cleared_at) WHERE state = 'forgotten';
CREATE INDEX file_to_complete ON work.file (updated_at) WHERE state = 'receiving' AND received = size;

CREATE TABLE work.file_part (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    start bigint NOT NULL,
    size integer NOT NULL CHECK (size > 0),
    sha256 bytea NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (tenant_id, file_id, start),
    FOREIGN KEY (tenant_id, file_id) REFERENCES work.file ON DELETE CASCADE
);

GRANT SELECT ON work.file, work.file_part TO sluice_reader;
GRANT SELECT, INSERT, UPDATE ON work.file TO sluice_tasks;
GRANT SELECT, INSERT ON work.file_part TO sluice_tasks;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.file, work.file_part TO sluice_processor;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['file', 'file_part'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
