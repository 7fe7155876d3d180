-- Statements about webhooks: letters that are to be sent, of all tenants.

-- name: write_letter
INSERT INTO work.webhook (tenant_id, event_id, type, body) VALUES (%(tenant_id)s, %(event_id)s, %(type)s, %(body)s)

-- name: claim_letter
UPDATE work.webhook w SET attempts = attempts + 1, due_at = now() + make_interval(secs => %(claimed_s)s)
FROM (SELECT tenant_id, event_id FROM work.webhook WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS due
WHERE w.tenant_id = due.tenant_id AND w.event_id = due.event_id
RETURNING w.tenant_id, w.event_id, w.body, w.attempts

-- name: settle_letter
-- By the claim that is still the last one. Without a delay it has come to its end.
UPDATE work.webhook SET
    due_at = now() + make_interval(secs => %(delay_s)s::float8), error = %(error)s,
    ended_at = CASE WHEN %(delay_s)s::float8 IS NULL THEN now() END
WHERE tenant_id = %(tenant)s AND event_id = %(event)s AND attempts = %(attempts)s AND due_at IS NOT NULL

-- name: count_letters
SELECT count(*) FROM work.webhook WHERE due_at IS NOT NULL

-- name: forget_letters
DELETE FROM work.webhook w USING (
    SELECT tenant_id, event_id FROM work.webhook WHERE ended_at < now() - make_interval(days => %(days)s) LIMIT %(limit)s
) AS old
WHERE w.tenant_id = old.tenant_id AND w.event_id = old.event_id
