-- Processors read the inventory, to make packages of it.
-- Safe to run while services are up.

SET LOCAL ROLE sluice_owner;

GRANT SELECT ON inventory.processing_activity, inventory.data_category, inventory.recipient, inventory.data_transfer,
    inventory.activity_data_category, inventory.activity_recipient, inventory.activity_transfer TO sluice_processor;
