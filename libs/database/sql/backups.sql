-- Statements about backups.

-- name: unbounded_session
-- Whatever bounds the role or the database sets: a large table takes its time.
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')

-- name: tables_to_back_up
-- What pg_dump takes the rows of.
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2

-- name: lacking_of_backup
SELECT 'CREATEDB' FROM pg_roles WHERE rolname = current_user AND NOT rolcreatedb AND NOT rolsuper
UNION ALL
(SELECT format('SELECT ON %I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
 ORDER BY 1 LIMIT 5)
UNION ALL
(SELECT format('BYPASSRLS (%I.%I)', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relrowsecurity AND row_security_active(c.oid) ORDER BY 1 LIMIT 1)

-- name: scratch_databases
SELECT datname FROM pg_database WHERE datname LIKE %(begins)s

-- name: own_database
SELECT oid::bigint FROM pg_database WHERE datname = current_database()

-- name: live_leases
SELECT lease_token FROM work.task WHERE lease_until >= now()
