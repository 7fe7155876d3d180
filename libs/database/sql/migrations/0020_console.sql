-- A login for the console: it reads as a tenant, and cancels and retries tasks, as ingest does.
-- Safe to run while services are up: nobody logs in with it yet.

DO $$
DECLARE made text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_console') THEN
        CREATE ROLE sluice_console LOGIN NOINHERIT;
    END IF;
    FOREACH made IN ARRAY ARRAY['sluice_reader', 'sluice_tasks'] LOOP
        IF NOT pg_has_role('sluice_console', made, 'MEMBER') THEN EXECUTE format('GRANT %I TO sluice_console', made); END IF;
    END LOOP;
END $$;
