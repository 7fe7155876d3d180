-- Which versions of Sluice have been at work since when: statistics show where one changed.
-- Safe to run while services are up: nothing refers to this table yet.

SET LOCAL ROLE sluice_owner;

-- A row is written where other versions are at work than the row before says; it concerns no tenant.
CREATE TABLE ingest.versions_at_work (
    namespace text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    entry bigint GENERATED ALWAYS AS IDENTITY,
    -- Sorted. While one takes the other's place, both.
    versions text[] NOT NULL,
    PRIMARY KEY (namespace, at, entry)
);

GRANT SELECT ON ingest.versions_at_work TO sluice_reader;
GRANT SELECT, INSERT ON ingest.versions_at_work TO sluice_processor;

ALTER TABLE ingest.versions_at_work ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON ingest.versions_at_work FOR SELECT TO sluice_reader USING (true);
