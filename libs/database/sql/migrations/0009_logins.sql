-- A login for each service, beside the roles: each may take one role and no other, and has no right before it does.
-- Nobody can log in as them until somebody sets their passwords: ALTER ROLE sluice_ingest PASSWORD '…'.
-- Safe to run while services are up: they go on with the logins that they have.

DO $$
DECLARE made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES ('sluice_ingest', 'sluice_reader'), ('sluice_writing', 'sluice_writer')) AS logins (login, role) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made.login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', made.login);
        END IF;
        IF NOT pg_has_role(made.login, made.role, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', made.role, made.login);
        END IF;
    END LOOP;
END $$;
