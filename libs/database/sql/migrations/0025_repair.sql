-- Tasks are opened at whole milliseconds, as batches are: places in lists have no finer ones, and pages would leave out or
-- repeat what was opened within one.
-- Safe to run while services are up: the table is small, and is rewritten within a moment, while tasks wait.

SET LOCAL ROLE sluice_owner;

ALTER TABLE work.task
    ALTER COLUMN created_at TYPE timestamptz(3),
    ALTER COLUMN created_at SET DEFAULT date_trunc('milliseconds', now());
