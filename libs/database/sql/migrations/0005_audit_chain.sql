-- The audit trail as a chain of hashes a tenant, and a place for entries that cannot be stored as they are.
-- Safe to run while services are up: the columns are empty, so that no row is written again. Making the index reads the
-- trail once, and entries wait in Redis meanwhile. Writers of the version before go on adding entries outside the chain.

SET LOCAL ROLE sluice_owner;

-- The owner can take the trigger of 0003 away, and with it any row. What is taken or changed is missed all the same:
-- an entry's hash covers its content, its number and the hash before it. `libs/database/audit/trail.py` says how it is
-- made. Entries from before this migration have neither number nor hash.
ALTER TABLE ingest.audit ADD COLUMN seq bigint, ADD COLUMN hash bytea;
CREATE UNIQUE INDEX audit_chain ON ingest.audit (tenant_id, seq) WHERE seq IS NOT NULL;

-- The nil UUID stands for the tenant of an entry that nobody can read.
CREATE TABLE ingest.audit_aside (
    tenant_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    raw bytea NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sha256)
);
GRANT SELECT, INSERT ON ingest.audit_aside TO sluice_writer;
GRANT SELECT ON ingest.audit_aside TO sluice_reader;
ALTER TABLE ingest.audit_aside ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ingest.audit_aside FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
