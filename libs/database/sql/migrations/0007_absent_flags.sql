-- A flag that does not come with a new record is false: an upsert sends the columns of what came, and no others.
-- Safe to run while services are up: it waits for the transactions that hold the table, and takes no time itself.

SET LOCAL ROLE sluice_owner;

ALTER TABLE inventory.processing_activity
    ALTER has_automated_decision_making SET DEFAULT false,
    ALTER requires_dpia SET DEFAULT false;
