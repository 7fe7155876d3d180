-- Openings of a job are numbered (docs/adr/0015), and what the ledger keeps of ids (docs/adr/0016).
-- Safe to run while services are up: columns with constant defaults, which writers of before leave alone.

SET LOCAL ROLE sluice_owner;

-- Which opening of the job the row speaks of, and its name in Redis. Later openings win over earlier ones; within an
-- opening later generations do. epoch_ms orders nothing any more: it makes ids.
ALTER TABLE ingest.job ADD COLUMN opening integer NOT NULL DEFAULT 0, ADD COLUMN nonce text NOT NULL DEFAULT '';

-- own_ids: ids that came with records, by their place in the request; packed, and empty where none did.
ALTER TABLE ingest.chunk ADD COLUMN opening integer NOT NULL DEFAULT 0, ADD COLUMN own_ids bytea NOT NULL DEFAULT '';
