-- Findings: what rules have found in a tenant's inventory, how each rule went last, and the rules that a tenant has made.
-- Safe to run while services are up: nothing refers to these tables yet.

SET LOCAL ROLE sluice_owner;

-- What a rule has found of a record, once, however often it is found again. A finding that stays as it was is not written:
-- it was seen last when its rule ran last.
CREATE TABLE work.finding (
    tenant_id uuid NOT NULL,
    rule text NOT NULL,
    -- The tenant itself, where it is about the organisation.
    record_id uuid NOT NULL,
    first_seen timestamptz NOT NULL,
    -- The run that found it for the first time, or again after it had gone.
    opened_by uuid NOT NULL,
    -- Of one that is gone: when it was seen last, and when it was missed.
    last_seen timestamptz,
    resolved_at timestamptz,
    -- A person's decision to live with it, for as long as it says.
    accepted_by text,
    accepted_at timestamptz,
    accepted_reason text,
    accepted_until date,
    PRIMARY KEY (tenant_id, rule, record_id),
    CONSTRAINT gone_has_been_seen CHECK ((resolved_at IS NULL) = (last_seen IS NULL)),
    CONSTRAINT accepted_or_not CHECK (num_nulls(accepted_by, accepted_at, accepted_reason, accepted_until) IN (0, 4))
);
CREATE INDEX finding_open ON work.finding (tenant_id, rule, record_id) WHERE resolved_at IS NULL;
CREATE INDEX finding_accepted ON work.finding (tenant_id, rule, record_id) WHERE resolved_at IS NULL AND accepted_until IS NOT NULL;
CREATE INDEX finding_resolved ON work.finding (tenant_id, rule, record_id) WHERE resolved_at IS NOT NULL;

-- How a rule went last: its counts are the run's own, so that nobody has to count 100,000 findings.
CREATE TABLE work.rule_state (
    tenant_id uuid NOT NULL,
    rule text NOT NULL,
    -- The last run in which it went through; null where it never has.
    run_id uuid,
    ran_at timestamptz,
    found bigint NOT NULL DEFAULT 0,
    -- Of these, how many the run before had not found; and how many it had found that are gone.
    opened bigint NOT NULL DEFAULT 0,
    resolved bigint NOT NULL DEFAULT 0,
    seconds real NOT NULL DEFAULT 0,
    -- The last run in which it did not, where that is later, and the code of what went wrong.
    failed_run uuid,
    failed_at timestamptz,
    error text,
    PRIMARY KEY (tenant_id, rule)
);

CREATE TABLE work.own_rule (
    tenant_id uuid NOT NULL,
    code text NOT NULL CHECK (starts_with(code, 'OWN-')),
    entity text NOT NULL,
    severity text NOT NULL,
    field text NOT NULL,
    operator text NOT NULL,
    value jsonb,
    text_vi text NOT NULL,
    text_en text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, code)
);

GRANT SELECT ON work.finding, work.rule_state, work.own_rule TO sluice_reader, sluice_tasks, sluice_processor;
GRANT UPDATE (accepted_by, accepted_at, accepted_reason, accepted_until) ON work.finding TO sluice_tasks;
GRANT DELETE ON work.rule_state TO sluice_tasks;
GRANT INSERT, UPDATE, DELETE ON work.own_rule TO sluice_tasks;
GRANT INSERT, UPDATE, DELETE ON work.finding, work.rule_state TO sluice_processor;
-- Rules read what they judge.
GRANT SELECT ON ALL TABLES IN SCHEMA inventory TO sluice_processor;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['finding', 'rule_state', 'own_rule'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_reads ON work.%I FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY tenant ON work.%I TO sluice_tasks '
            'USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant())', name);
    END LOOP;
END $$;
