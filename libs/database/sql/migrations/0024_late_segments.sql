-- Segments whose batches have not ended are looked for every second, among all that there ever were.
-- Safe to run while services are up.

CREATE INDEX segment_open ON work.segment (tenant_id, task_id) WHERE records IS NULL;
