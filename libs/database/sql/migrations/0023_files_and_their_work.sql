-- What was done with a file is found by the file: tasks that name it, mappings that were made for it or for its header.
-- Safe to run while services are up; nobody can open tasks or change mappings while the indexes are made, a second or so.

SET LOCAL ROLE sluice_owner;

CREATE INDEX task_of_file ON work.task (tenant_id, (parameters ->> 'file_id'), created_at DESC) WHERE parameters ? 'file_id';
CREATE INDEX mapping_of_file ON work.mapping (tenant_id, file_id);
CREATE INDEX mapping_of_header ON work.mapping (tenant_id, signature);
