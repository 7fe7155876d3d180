-- Which Redis this database belongs to, by namespace; whose a job is; and what services ask at their start.
-- Safe to run while services are up: the column has a default, and writers of the version before leave it there.

-- Services read at their start which migrations there are.
GRANT SELECT ON public.sluice_migration TO sluice_writer, sluice_reader;

SET LOCAL ROLE sluice_owner;

-- The same id lies in Redis under the namespace: a writer whose Redis holds another one is at the wrong Redis or at the
-- wrong database, and must not take the jobs for lost that it does not find.
CREATE TABLE ingest.installation (
    namespace text PRIMARY KEY,
    installation_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE ingest.installation ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON ingest.installation FOR SELECT TO sluice_reader USING (true);
GRANT SELECT, INSERT ON ingest.installation TO sluice_writer;
GRANT SELECT ON ingest.installation TO sluice_reader;

-- Empty where a writer of the version before has made the row.
ALTER TABLE ingest.job ADD COLUMN namespace text NOT NULL DEFAULT '';
