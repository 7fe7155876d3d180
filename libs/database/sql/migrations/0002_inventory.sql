-- The records. Every primary key starts with tenant_id, so tables can be partitioned or distributed by tenant.
-- job_id is the job that wrote the row last.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

CREATE TABLE inventory.data_category (
    tenant_id uuid NOT NULL,
    data_category_id uuid NOT NULL,
    external_id text,
    name_vi text NOT NULL,
    name_en text,
    category_type text NOT NULL,
    description_vi text,
    description_en text,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, data_category_id)
);

CREATE TABLE inventory.recipient (
    tenant_id uuid NOT NULL,
    recipient_id uuid NOT NULL,
    external_id text,
    name_vi text NOT NULL,
    name_en text,
    recipient_type text NOT NULL,
    country_code text,
    contact text,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, recipient_id)
);

CREATE TABLE inventory.data_transfer (
    tenant_id uuid NOT NULL,
    transfer_id uuid NOT NULL,
    external_id text,
    name_vi text NOT NULL,
    name_en text,
    destination_country text NOT NULL,
    recipient_name text,
    purpose_vi text,
    purpose_en text,
    transfer_basis text,
    data_subject_count bigint,
    started_on date,
    dossier_filed_on date,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, transfer_id)
);

CREATE TABLE inventory.processing_activity (
    tenant_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    external_id text,
    activity_name_vi text NOT NULL,
    activity_name_en text,
    purpose_vi text,
    purpose_en text,
    legal_basis text NOT NULL,
    data_source_vi text,
    data_source_en text,
    retention_period_months integer,
    has_automated_decision_making boolean NOT NULL,
    requires_dpia boolean NOT NULL,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, activity_id)
);

CREATE TABLE inventory.activity_data_category (
    tenant_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    data_category_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, activity_id, data_category_id)
);

CREATE TABLE inventory.activity_recipient (
    tenant_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    recipient_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, activity_id, recipient_id)
);

CREATE TABLE inventory.activity_transfer (
    tenant_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    transfer_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, activity_id, transfer_id)
);

-- What names a record in the scanner's world.
CREATE UNIQUE INDEX data_category_external_id ON inventory.data_category (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX recipient_external_id ON inventory.recipient (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX data_transfer_external_id ON inventory.data_transfer (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX processing_activity_external_id ON inventory.processing_activity (tenant_id, external_id) WHERE external_id IS NOT NULL;

-- From a referenced row to the activities that use it: asked by people, and by the guard below.
CREATE INDEX activity_data_category_target ON inventory.activity_data_category (tenant_id, data_category_id);
CREATE INDEX activity_recipient_target ON inventory.activity_recipient (tenant_id, recipient_id);
CREATE INDEX activity_transfer_target ON inventory.activity_transfer (tenant_id, transfer_id);

-- Writers check the references of a chunk as one set. PostgreSQL 18 declares the keys without enforcing them, so that
-- tools see them; older versions cannot declare them that way and have the guard alone.
DO $$
DECLARE link record;
BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN RETURN; END IF;
    FOR link IN
        SELECT * FROM (VALUES
            ('activity_data_category', 'data_category_id', 'data_category'),
            ('activity_recipient', 'recipient_id', 'recipient'),
            ('activity_transfer', 'transfer_id', 'data_transfer'),
            ('activity_data_category', 'activity_id', 'processing_activity'),
            ('activity_recipient', 'activity_id', 'processing_activity'),
            ('activity_transfer', 'activity_id', 'processing_activity')
        ) AS links (source, key, target)
    LOOP
        EXECUTE format('ALTER TABLE inventory.%I ADD FOREIGN KEY (tenant_id, %I) REFERENCES inventory.%I NOT ENFORCED',
                       link.source, link.key, link.target);
    END LOOP;
END $$;

-- The guard: a row that links use is neither deleted nor given another id. It waits for the writers that are checking
-- references of this tenant, and those that come later see its effect. Arguments: link table, column.
CREATE FUNCTION inventory.refuse_while_referenced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used boolean;
    key uuid := (to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'delete or re-key % in a READ COMMITTED transaction', TG_TABLE_NAME
            USING ERRCODE = 'feature_not_supported';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.tenant_id = OLD.tenant_id AND (to_jsonb(NEW) ->> TG_ARGV[1])::uuid = key THEN RETURN NEW; END IF;
    END IF;
    PERFORM pg_advisory_xact_lock(ingest.tenant_lock(OLD.tenant_id));
    EXECUTE format('SELECT EXISTS (SELECT FROM inventory.%I WHERE tenant_id = $1 AND %I = $2)', TG_ARGV[0], TG_ARGV[1])
        INTO used USING OLD.tenant_id, key;
    IF used THEN
        RAISE EXCEPTION 'this % is used by processing activities', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', HINT = format('Remove its rows from inventory.%s first.', TG_ARGV[0]);
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_while_referenced BEFORE DELETE OR UPDATE OF tenant_id, data_category_id ON inventory.data_category
    FOR EACH ROW EXECUTE FUNCTION inventory.refuse_while_referenced('activity_data_category', 'data_category_id');
CREATE TRIGGER refuse_while_referenced BEFORE DELETE OR UPDATE OF tenant_id, recipient_id ON inventory.recipient
    FOR EACH ROW EXECUTE FUNCTION inventory.refuse_while_referenced('activity_recipient', 'recipient_id');
CREATE TRIGGER refuse_while_referenced BEFORE DELETE OR UPDATE OF tenant_id, transfer_id ON inventory.data_transfer
    FOR EACH ROW EXECUTE FUNCTION inventory.refuse_while_referenced('activity_transfer', 'transfer_id');

-- An activity takes its links with it, and keeps its id.
CREATE FUNCTION inventory.delete_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an activity keeps its tenant and its id' USING ERRCODE = 'foreign_key_violation';
    END IF;
    DELETE FROM inventory.activity_data_category WHERE tenant_id = OLD.tenant_id AND activity_id = OLD.activity_id;
    DELETE FROM inventory.activity_recipient WHERE tenant_id = OLD.tenant_id AND activity_id = OLD.activity_id;
    DELETE FROM inventory.activity_transfer WHERE tenant_id = OLD.tenant_id AND activity_id = OLD.activity_id;
    RETURN OLD;
END $$;

CREATE TRIGGER delete_links BEFORE DELETE ON inventory.processing_activity
    FOR EACH ROW EXECUTE FUNCTION inventory.delete_links();
CREATE TRIGGER keep_key BEFORE UPDATE OF tenant_id, activity_id ON inventory.processing_activity
    FOR EACH ROW WHEN (OLD.tenant_id <> NEW.tenant_id OR OLD.activity_id <> NEW.activity_id)
    EXECUTE FUNCTION inventory.delete_links();

GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA inventory TO sluice_writer;
GRANT DELETE ON inventory.activity_data_category, inventory.activity_recipient, inventory.activity_transfer TO sluice_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA inventory TO sluice_reader;

DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'inventory' LOOP
        EXECUTE format('ALTER TABLE inventory.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON inventory.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
