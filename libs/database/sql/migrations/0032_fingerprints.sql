-- A scanner sends nearly the same records every night. A row holds the fingerprint of the upsert that wrote it last,
-- and is the same as what is sent as long as that is; whoever else changes the row, or its links, takes it away.
-- Safe to run while services are up: a column without a default takes no time, and writers of before, who know nothing
-- of it, lose a row's fingerprint with every change.

SET LOCAL ROLE sluice_owner;

CREATE FUNCTION inventory.forget_fingerprint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.fingerprint := NULL;
    RETURN NEW;
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['data_category', 'recipient', 'data_transfer', 'processing_activity'] LOOP
        EXECUTE format('ALTER TABLE inventory.%I ADD COLUMN fingerprint uuid', name);
        -- Whoever changes a row without another fingerprint has not thought of it.
        EXECUTE format('CREATE TRIGGER forget_fingerprint BEFORE UPDATE ON inventory.%I FOR EACH ROW '
                       'WHEN (NEW.fingerprint = OLD.fingerprint) EXECUTE FUNCTION inventory.forget_fingerprint()', name);
    END LOOP;
END $$;

-- The row is held even where it has no fingerprint: a writer that is about to give it one waits for these links, or
-- these links for it, and either sees the other.
CREATE FUNCTION inventory.forget_fingerprint_of(tenant uuid, activity uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM inventory.processing_activity WHERE tenant_id = tenant AND activity_id = activity FOR NO KEY UPDATE;
    UPDATE inventory.processing_activity SET fingerprint = NULL
    WHERE tenant_id = tenant AND activity_id = activity AND fingerprint IS NOT NULL;
END $$;

CREATE FUNCTION inventory.forget_owners_fingerprint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM inventory.forget_fingerprint_of(OLD.tenant_id, OLD.activity_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM inventory.forget_fingerprint_of(NEW.tenant_id, NEW.activity_id);
    END IF;
    RETURN NULL;
END $$;

-- An activity takes its links with it once it is gone: before, it could not be changed for their sake.
DROP TRIGGER delete_links ON inventory.processing_activity;
CREATE TRIGGER delete_links AFTER DELETE ON inventory.processing_activity
    FOR EACH ROW EXECUTE FUNCTION inventory.delete_links();

-- Writers change links with their row alone, and that gives it another fingerprint.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['activity_data_category', 'activity_recipient', 'activity_transfer'] LOOP
        EXECUTE format('CREATE TRIGGER forget_fingerprint AFTER INSERT OR UPDATE OR DELETE ON inventory.%I '
                       'FOR EACH ROW WHEN (current_user <> ''sluice_writer'') '
                       'EXECUTE FUNCTION inventory.forget_owners_fingerprint()', name);
    END LOOP;
END $$;
