-- Statistics over time, counted from the ledger (docs/adr/0023).
-- Safe to run while services are up; but while the indexes are made, about two seconds for each million chunks, writers
-- cannot write, and what is accepted waits. Where that is too long, make them beforehand, outside of a transaction:
--   CREATE INDEX CONCURRENTLY chunk_written_at ON ingest.chunk (tenant_id, written_at);
--   CREATE INDEX CONCURRENTLY job_finished_at ON ingest.job (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
--   CREATE INDEX CONCURRENTLY job_listed_by_lane
--       ON ingest.job (tenant_id, status, entity, lane, created_at DESC, job_id DESC) WHERE parent_id IS NULL;

SET LOCAL ROLE sluice_owner;

-- What a tenant's ledger says of a minute (UTC), by entity; of a day, where it is before `statistics_progress.days_until`.
CREATE TABLE ingest.statistics (
    tenant_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    entity text NOT NULL,
    created bigint NOT NULL DEFAULT 0,
    updated bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    chunks bigint NOT NULL DEFAULT 0,
    chunk_seconds double precision NOT NULL DEFAULT 0,
    jobs_completed bigint NOT NULL DEFAULT 0,
    jobs_failed bigint NOT NULL DEFAULT 0,
    jobs_cancelled bigint NOT NULL DEFAULT 0,
    job_seconds double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, starts_at, entity)
);

-- Minutes of which the ledger says something else by now: a job has ended in them, or a chunk or an end has left them.
CREATE TABLE ingest.statistics_stale (
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL,
    mark uuid NOT NULL DEFAULT gen_random_uuid(),
    PRIMARY KEY (tenant_id, at, mark)
);
CREATE INDEX statistics_stale_newest ON ingest.statistics_stale (at);

CREATE TABLE ingest.statistics_progress (
    -- There is one row.
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    -- The last entry of the ledger that is counted, and with it all before it.
    counted_to bigint NOT NULL DEFAULT 0,
    -- From here on a row is a minute's.
    days_until timestamptz NOT NULL
);
INSERT INTO ingest.statistics_progress (days_until) VALUES (date_trunc('day', now(), 'UTC') - interval '7 days');

-- Chunks are numbered as they enter the ledger. A transaction has its own number before it gives one out: whoever sees
-- that all transactions up to a number of his own have ended knows that no entry up to the last one can still appear.
CREATE SEQUENCE ingest.chunk_entry;
ALTER TABLE ingest.chunk ADD COLUMN entry bigint, ADD COLUMN seconds real NOT NULL DEFAULT 0;
ALTER TABLE ingest.chunk
    ALTER entry SET DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('ingest.chunk_entry') END;
CREATE INDEX chunk_entry_order ON ingest.chunk (entry);
CREATE INDEX IF NOT EXISTS chunk_written_at ON ingest.chunk (tenant_id, written_at);
CREATE INDEX IF NOT EXISTS job_finished_at ON ingest.job (tenant_id, finished_at) WHERE finished_at IS NOT NULL;

-- Lists by lane, where few jobs are in one, must not look for them among all others.
CREATE INDEX IF NOT EXISTS job_listed_by_lane ON ingest.job (tenant_id, status, entity, lane, created_at DESC, job_id DESC)
    WHERE parent_id IS NULL;
DROP INDEX ingest.job_listed_by_state;
CREATE INDEX task_finished_at ON work.task (tenant_id, finished_at) WHERE finished_at IS NOT NULL;

-- Which row of the statistics a moment belongs to.
CREATE FUNCTION ingest.bucket(at timestamptz, days_until timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN at < days_until THEN date_trunc('day', at, 'UTC') ELSE date_trunc('minute', at, 'UTC') END;

CREATE FUNCTION ingest.bucket_end(bucket timestamptz, days_until timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN bucket + CASE WHEN bucket < days_until THEN interval '24 hours' ELSE interval '1 minute' END;

-- What the ledger says now of a tenant's chunks and ends of jobs in a span of time. Records that a job has lost, and
-- that no chunk accounts for, have failed when it ended. Each job is looked up by its key, whatever is known of tables.
CREATE FUNCTION ingest.tally(tenant uuid, since timestamptz, until timestamptz)
RETURNS TABLE (
    entity text, created bigint, updated bigint, unchanged bigint, rejected bigint, failed bigint, cancelled bigint,
    chunks bigint, chunk_seconds double precision, jobs_completed bigint, jobs_failed bigint, jobs_cancelled bigint,
    job_seconds double precision
) LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT entity, sum(created)::bigint, sum(updated)::bigint, sum(unchanged)::bigint, sum(rejected)::bigint,
           sum(failed)::bigint, sum(cancelled)::bigint, sum(chunks)::bigint, sum(chunk_seconds)::double precision,
           sum(jobs_completed)::bigint, sum(jobs_failed)::bigint, sum(jobs_cancelled)::bigint,
           sum(job_seconds)::double precision
    FROM (
        SELECT coalesce((SELECT j.entity FROM ingest.job j WHERE j.tenant_id = c.tenant_id AND j.job_id = c.job_id), '') AS entity,
               c.created, c.updated, c.unchanged, c.rejected, c.failed::bigint AS failed, c.cancelled,
               (c.failure <> 'lost')::integer AS chunks, c.seconds::double precision AS chunk_seconds,
               0 AS jobs_completed, 0 AS jobs_failed, 0 AS jobs_cancelled, 0::double precision AS job_seconds
        FROM ingest.chunk c
        WHERE c.tenant_id = tenant AND c.written_at >= since AND c.written_at < until
        UNION ALL
        SELECT j.entity, 0, 0, 0, 0,
               CASE WHEN j.failed = 0 THEN 0 ELSE j.failed - (
                   SELECT coalesce(sum(c.failed), 0)::bigint FROM ingest.chunk c WHERE c.tenant_id = j.tenant_id AND c.job_id = j.job_id
               ) END,
               0, 0, 0, (j.status = 'completed')::integer, (j.status = 'failed')::integer, (j.status = 'cancelled')::integer,
               greatest(extract(epoch FROM j.finished_at - j.created_at), 0)::double precision
        FROM ingest.job j
        WHERE j.tenant_id = tenant AND j.finished_at >= since AND j.finished_at < until
    ) AS ledger
    GROUP BY entity;
END;

-- What is updated rarely says by itself which minutes it concerns, whoever updates it.
CREATE FUNCTION ingest.chunk_has_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest.statistics_stale (tenant_id, at)
    VALUES (OLD.tenant_id, date_trunc('minute', OLD.written_at, 'UTC')), (NEW.tenant_id, date_trunc('minute', NEW.written_at, 'UTC'));
    RETURN NULL;
END $$;
CREATE TRIGGER chunk_has_moved AFTER UPDATE OF written_at ON ingest.chunk
    FOR EACH ROW WHEN (OLD.written_at <> NEW.written_at) EXECUTE FUNCTION ingest.chunk_has_moved();

CREATE FUNCTION ingest.job_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest.statistics_stale (tenant_id, at)
    SELECT DISTINCT NEW.tenant_id, date_trunc('minute', at, 'UTC')
    FROM (VALUES (OLD.finished_at), (NEW.finished_at)) AS ends (at) WHERE at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER job_has_ended AFTER UPDATE OF finished_at, status ON ingest.job
    FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL OR NEW.finished_at IS NOT NULL) EXECUTE FUNCTION ingest.job_has_ended();

-- What was there before is counted, too, the newest first.
INSERT INTO ingest.statistics_stale (tenant_id, at)
SELECT DISTINCT tenant_id, ingest.bucket(at, (SELECT days_until FROM ingest.statistics_progress))
FROM (SELECT tenant_id, written_at AS at FROM ingest.chunk UNION ALL SELECT tenant_id, finished_at FROM ingest.job) AS ledger
WHERE at > now() - interval '400 days';

GRANT USAGE ON SEQUENCE ingest.chunk_entry TO sluice_writer;
GRANT SELECT ON SEQUENCE ingest.chunk_entry TO sluice_processor;
GRANT SELECT ON ingest.statistics, ingest.statistics_stale, ingest.statistics_progress TO sluice_reader, sluice_writer;
GRANT INSERT ON ingest.statistics_stale TO sluice_writer;
GRANT SELECT, INSERT, DELETE ON ingest.statistics TO sluice_processor;
GRANT SELECT, INSERT, DELETE ON ingest.statistics_stale TO sluice_processor;
GRANT SELECT, UPDATE ON ingest.statistics_progress TO sluice_processor;

ALTER TABLE ingest.statistics ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ingest.statistics FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
ALTER TABLE ingest.statistics_stale ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ingest.statistics_stale FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
ALTER TABLE ingest.statistics_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON ingest.statistics_progress FOR SELECT TO sluice_reader USING (true);
