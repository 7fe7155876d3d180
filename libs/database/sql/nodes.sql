-- What is asked of a database whose tables are to be spread over several nodes.

-- name: has_citus
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')

-- name: spread_tables
SELECT logicalrelid::regclass::text FROM pg_dist_partition

-- name: tables_to_spread
SELECT c.oid::regclass::text, a.names, a.types,
       array(SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND conparentid = 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace CROSS JOIN LATERAL (
    SELECT array_agg(attname::text ORDER BY attnum), array_agg(format_type(atttypid, atttypmod) ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
) AS a (names, types)
WHERE nspname IN ('inventory', 'ingest', 'work') AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1

-- name: roles_of_nodes
SELECT rolname::text, rolcanlogin FROM pg_roles WHERE starts_with(rolname, 'sluice_')

-- name: settings_of_nodes
SELECT coalesce(rolname::text, ''), setting
FROM pg_db_role_setting LEFT JOIN pg_roles r ON r.oid = setrole CROSS JOIN LATERAL unnest(setconfig) AS setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: has_staging
SELECT to_regclass('ingest.staging_processing_activity') IS NOT NULL
