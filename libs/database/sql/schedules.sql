-- Statements about schedules. Who moves `due_at` on has the right to open what was due, in the same transaction.

-- name: put_schedule
INSERT INTO work.schedule AS s (tenant_id, name, type, parameters, told, cron, zone, grace_s, paused, due_at, created_by)
VALUES (%(tenant)s, %(name)s, %(type)s, %(parameters)s, %(told)s, %(cron)s, %(zone)s, %(grace_s)s, %(paused)s, %(due_at)s, %(actor)s)
ON CONFLICT (tenant_id, name) DO UPDATE SET
    type = excluded.type, parameters = excluded.parameters, told = excluded.told, cron = excluded.cron, zone = excluded.zone,
    grace_s = excluded.grace_s, paused = excluded.paused, updated_at = excluded.updated_at,
    due_at = CASE WHEN (s.cron, s.zone, s.paused) = (excluded.cron, excluded.zone, excluded.paused) THEN s.due_at ELSE excluded.due_at END
RETURNING (created_at = updated_at) AS made

-- name: count_schedules
SELECT count(*) AS found FROM work.schedule WHERE tenant_id = %(tenant)s

-- name: pause_schedule
UPDATE work.schedule SET paused = %(paused)s, due_at = %(due_at)s, updated_at = now()
WHERE tenant_id = %(tenant)s AND name = %(name)s AND paused <> %(paused)s
RETURNING name

-- name: drop_schedule
DELETE FROM work.schedule WHERE tenant_id = %(tenant)s AND name = %(name)s RETURNING name

-- name: list_schedules
SELECT s.*, f.due_at AS fire_due_at, f.fired_at, f.actor, f.task_id, f.missed, t.status AS task_status, t.error AS task_error
FROM work.schedule s
LEFT JOIN LATERAL (
    SELECT due_at, fired_at, actor, task_id, missed FROM work.schedule_fire f
    WHERE f.tenant_id = s.tenant_id AND f.name = s.name ORDER BY fired_at DESC LIMIT 1
) AS f ON true
LEFT JOIN work.task t ON t.tenant_id = s.tenant_id AND t.task_id = f.task_id
WHERE s.tenant_id = %(tenant)s AND (%(name)s::text IS NULL OR s.name = %(name)s)
ORDER BY s.name

-- name: read_fires
SELECT f.due_at AS fire_due_at, f.fired_at, f.actor, f.task_id, f.missed, t.status AS task_status, t.error AS task_error
FROM work.schedule_fire f LEFT JOIN work.task t ON t.tenant_id = f.tenant_id AND t.task_id = f.task_id
WHERE f.tenant_id = %(tenant)s AND f.name = %(name)s ORDER BY f.fired_at DESC LIMIT %(limit)s

-- name: due_schedules
SELECT tenant_id, name, type, parameters, cron, zone, grace_s, due_at FROM work.schedule
WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s

-- name: schedules_overdue
SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)::float8 FROM work.schedule

-- name: schedule_ages
SELECT s.name, extract(epoch FROM clock_timestamp() - coalesce(f.fired_at, s.created_at))::float8
FROM work.schedule s LEFT JOIN LATERAL (
    SELECT max(fired_at) AS fired_at FROM work.schedule_fire f WHERE f.tenant_id = s.tenant_id AND f.name = s.name
) AS f ON true
WHERE s.tenant_id = %(tenant)s AND s.name = ANY(%(names)s) AND NOT s.paused

-- name: last_fire
SELECT max(fired_at) FROM work.schedule_fire

-- name: schedules_to_come
SELECT tenant_id, name, type, parameters, cron, zone, grace_s, due_at FROM work.schedule WHERE due_at > %(now)s

-- name: advance_schedule
UPDATE work.schedule SET due_at = %(next)s WHERE tenant_id = %(tenant)s AND name = %(name)s AND due_at = %(due_at)s
RETURNING name

-- name: lock_schedule
SELECT name FROM work.schedule WHERE tenant_id = %(tenant)s AND name = %(name)s FOR UPDATE

-- name: schedule_is_busy
SELECT task_id FROM work.task t
WHERE tenant_id = %(tenant)s AND status IN ('pending', 'processing') AND task_id = (
    SELECT f.task_id FROM work.schedule_fire f
    WHERE f.tenant_id = %(tenant)s AND f.name = %(name)s AND f.task_id IS NOT NULL ORDER BY fired_at DESC LIMIT 1)

-- name: note_fire
INSERT INTO work.schedule_fire (tenant_id, name, due_at, fired_at, actor, task_id, missed)
VALUES (%(tenant)s, %(name)s, %(due_at)s, %(fired_at)s, %(actor)s, %(task_id)s, %(missed)s)
ON CONFLICT DO NOTHING RETURNING name

-- name: forget_fires
DELETE FROM work.schedule_fire WHERE fired_at < %(before)s

-- name: note_offered
INSERT INTO work.schedule_offered (tenant_id, name) VALUES (%(tenant)s, %(name)s) ON CONFLICT DO NOTHING RETURNING name

-- name: offer_schedule
INSERT INTO work.schedule (tenant_id, name, type, parameters, told, cron, zone, grace_s, due_at, created_by)
VALUES (%(tenant)s, %(name)s, %(type)s, %(parameters)s, %(told)s, %(cron)s, %(zone)s, %(grace_s)s, %(due_at)s, 'sluice')
ON CONFLICT DO NOTHING RETURNING name

-- name: all_tenants
-- From one to the next, by the keys of what has some; the system comes first.
WITH RECURSIVE found AS (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid AS tenant_id
    UNION ALL
    SELECT least(
        (SELECT tenant_id FROM ingest.job WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM ingest.statistics WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM work.task WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM inventory.organisation WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM inventory.data_category WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM inventory.recipient WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM inventory.data_transfer WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM inventory.processing_activity WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1)
    ) FROM found WHERE found.tenant_id IS NOT NULL
)
SELECT tenant_id FROM found WHERE tenant_id IS NOT NULL

-- name: has_open_task
SELECT FROM work.task WHERE tenant_id = %(tenant)s AND type = %(type)s AND created_by = %(actor)s
  AND status IN ('pending', 'processing') AND idempotency_key IS DISTINCT FROM %(key)s LIMIT 1
