-- What the forms of Decree 356/2025/NĐ-CP ask beside what scanners know; and who the tenant is.
-- Safe to run while services are up: columns without a default, which writers of before leave alone; each table is locked for
-- a moment. Nothing refers to the new table yet.

SET LOCAL ROLE sluice_owner;

ALTER TABLE inventory.processing_activity
    ADD COLUMN role text,
    ADD COLUMN subject_group text,
    ADD COLUMN data_subject_count bigint,
    ADD COLUMN started_on date,
    ADD COLUMN consent_method text,
    ADD COLUMN sensitive_notice boolean,
    ADD COLUMN operations text,
    ADD COLUMN deletion_method text,
    ADD COLUMN security_measures_vi text,
    ADD COLUMN system_location text;

ALTER TABLE inventory.data_category
    ADD COLUMN legal_code text;

ALTER TABLE inventory.recipient
    ADD COLUMN tax_code text,
    ADD COLUMN dpo_contact text,
    ADD COLUMN agreement_ref text,
    ADD COLUMN agreement_date date,
    ADD COLUMN service text;

ALTER TABLE inventory.data_transfer
    ADD COLUMN transfer_case integer,
    ADD COLUMN exemption_code text,
    ADD COLUMN agreement_ref text,
    ADD COLUMN receiver_measures text,
    ADD COLUMN onward_transfer text;

-- One a tenant. It changes by people, one at a time: whoever changes it names the version that they have seen.
CREATE TABLE inventory.organisation (
    tenant_id uuid PRIMARY KEY,
    name_vi text NOT NULL,
    name_foreign text,
    name_short text,
    tax_code text,
    address text,
    trading_address text,
    phone text,
    email text,
    website text,
    registration text,
    business_lines text,
    branches integer,
    dpo_kind text,
    dpo_name text,
    dpo_title text,
    dpo_phone text,
    dpo_email text,
    dpo_decision text,
    -- Not to claim is the default; of the other questions, null is that nobody has answered them.
    exempt_claimed boolean NOT NULL DEFAULT false,
    sells_processing boolean,
    processing_services text[] NOT NULL DEFAULT '{}',
    on_data_exchange boolean,
    transfers_for_fee boolean,
    impact_filed_on date,
    impact_result_on date,
    impact_updated_on date,
    transfer_filed_on date,
    version integer NOT NULL DEFAULT 1,
    updated_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT ON inventory.organisation TO sluice_reader, sluice_processor;
GRANT SELECT, INSERT, UPDATE ON inventory.organisation TO sluice_tasks;

ALTER TABLE inventory.organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON inventory.organisation FOR SELECT TO sluice_reader USING (tenant_id = ingest.current_tenant());
CREATE POLICY tenant ON inventory.organisation TO sluice_tasks
    USING (tenant_id = ingest.current_tenant()) WITH CHECK (tenant_id = ingest.current_tenant());
