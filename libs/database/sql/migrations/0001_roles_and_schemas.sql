-- Three roles without a login. The login of SLUICE_DATABASE_URL is made a member; each service takes its own role.
--   sluice_owner   owns everything, runs migrations
--   sluice_writer  inserts and updates; passes row level security, because COPY into a table under it is refused
--   sluice_reader  reads, under row level security, one tenant at a time
-- Safe to run while services are up: nothing exists yet.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_owner') THEN CREATE ROLE sluice_owner NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_writer') THEN CREATE ROLE sluice_writer NOLOGIN BYPASSRLS; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_reader') THEN CREATE ROLE sluice_reader NOLOGIN; END IF;
    EXECUTE format('GRANT sluice_owner, sluice_writer, sluice_reader TO %I', session_user);
END $$;

CREATE SCHEMA inventory AUTHORIZATION sluice_owner;
CREATE SCHEMA ingest AUTHORIZATION sluice_owner;
GRANT USAGE ON SCHEMA inventory, ingest TO sluice_writer, sluice_reader;

-- The tenant whose rows a reader's transaction may see; none when it is not set.
CREATE FUNCTION ingest.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('sluice.tenant_id', true), '')::uuid;

-- The key of a tenant's advisory lock: writers of links hold it shared, deleting a referenced row takes it alone.
CREATE FUNCTION ingest.tenant_lock(tenant uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(tenant::text, 7236491);
