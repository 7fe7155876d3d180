-- Statements about findings, the rules that make them, and what is due when. Each is about one tenant.

-- name: read_own_rules
SELECT * FROM work.own_rule WHERE tenant_id = %(tenant)s AND (%(code)s::text IS NULL OR code = %(code)s) ORDER BY code

-- name: put_own_rule
INSERT INTO work.own_rule (tenant_id, code, entity, severity, field, operator, value, text_vi, text_en, created_by)
VALUES (%(tenant)s, %(code)s, %(entity)s, %(severity)s, %(field)s, %(operator)s, %(value)s, %(text_vi)s, %(text_en)s, %(actor)s)
ON CONFLICT (tenant_id, code) DO UPDATE SET
    entity = excluded.entity, severity = excluded.severity, field = excluded.field, operator = excluded.operator,
    value = excluded.value, text_vi = excluded.text_vi, text_en = excluded.text_en, updated_at = excluded.updated_at
RETURNING *, created_at = updated_at AS made

-- name: count_own_rules
SELECT count(*) AS found FROM work.own_rule WHERE tenant_id = %(tenant)s

-- name: drop_own_rule
DELETE FROM work.own_rule WHERE tenant_id = %(tenant)s AND code = %(code)s RETURNING code

-- name: forget_rule_state
-- What a rule has found does not hold for what it has become.
DELETE FROM work.rule_state WHERE tenant_id = %(tenant)s AND rule = %(code)s

-- name: take_rules_turn
-- One run of a tenant's writes at a time, and of those that have begun and not ended, the one that began first goes first.
SELECT pg_try_advisory_xact_lock(hashtextextended(%(tenant)s::text, 7236497)) AND NOT EXISTS (
    SELECT FROM work.task other JOIN work.task mine ON mine.tenant_id = other.tenant_id
    WHERE mine.tenant_id = %(tenant)s AND mine.task_id = %(task)s AND other.type = 'rules' AND other.status = 'processing'
      AND (other.started_at, other.task_id) < (mine.started_at, mine.task_id))

-- name: drop_findings_of_other_rules
DELETE FROM work.finding WHERE tenant_id = %(tenant)s AND NOT rule = ANY(%(rules)s)

-- name: drop_states_of_other_rules
DELETE FROM work.rule_state WHERE tenant_id = %(tenant)s AND NOT rule = ANY(%(rules)s)

-- name: rule_of_run
-- How a rule went in this run, if it has been run.
SELECT found, opened, resolved, seconds, CASE WHEN failed_run = %(task)s THEN error END AS error FROM work.rule_state
WHERE tenant_id = %(tenant)s AND rule = %(rule)s AND %(task)s IN (run_id, failed_run)

-- name: compare_findings
-- What the rule finds now against what it had found: only what is new and what is gone is written. A full join is never one
-- that looks each row up.
WITH found AS MATERIALIZED ({rule}
), known AS MATERIALIZED (
    SELECT record_id FROM work.finding WHERE tenant_id = %(tenant)s AND rule = %(rule)s AND resolved_at IS NULL
), compared AS MATERIALIZED (
    SELECT found.record_id AS came, known.record_id AS was FROM found FULL JOIN known ON known.record_id = found.record_id
), opened AS (
    INSERT INTO work.finding (tenant_id, rule, record_id, first_seen, opened_by)
    SELECT %(tenant)s, %(rule)s, came, now(), %(task)s FROM compared WHERE was IS NULL
    ON CONFLICT (tenant_id, rule, record_id)
        DO UPDATE SET opened_by = excluded.opened_by, last_seen = NULL, resolved_at = NULL
    RETURNING record_id
), resolved AS (
    UPDATE work.finding f SET resolved_at = now(), last_seen = coalesce(
        (SELECT ran_at FROM work.rule_state WHERE tenant_id = %(tenant)s AND rule = %(rule)s), f.first_seen)
    FROM compared
    WHERE f.tenant_id = %(tenant)s AND f.rule = %(rule)s AND f.record_id = compared.was AND compared.came IS NULL
    RETURNING f.record_id
)
SELECT (SELECT count(*) FROM found) AS found, (SELECT count(*) FROM opened) AS opened,
       (SELECT count(*) FROM resolved) AS resolved

-- name: note_rule
INSERT INTO work.rule_state (tenant_id, rule, run_id, ran_at, found, opened, resolved, seconds)
VALUES (%(tenant)s, %(rule)s, %(task)s, now(), %(found)s, %(opened)s, %(resolved)s, %(seconds)s)
ON CONFLICT (tenant_id, rule) DO UPDATE SET
    run_id = excluded.run_id, ran_at = excluded.ran_at, found = excluded.found, opened = excluded.opened,
    resolved = excluded.resolved, seconds = excluded.seconds, failed_run = NULL, failed_at = NULL, error = NULL

-- name: note_failed_rule
-- What it had found stays.
INSERT INTO work.rule_state (tenant_id, rule, failed_run, failed_at, error, seconds)
VALUES (%(tenant)s, %(rule)s, %(task)s, now(), %(error)s, %(seconds)s)
ON CONFLICT (tenant_id, rule) DO UPDATE SET
    failed_run = excluded.failed_run, failed_at = excluded.failed_at, error = excluded.error

-- name: hold_lease
-- The last statement of a transaction: nobody takes the task over before it is committed.
SELECT task_id FROM work.task
WHERE tenant_id = %(tenant)s AND task_id = %(task)s AND lease_token = %(token)s AND status = 'processing' FOR SHARE

-- name: read_rule_states
-- With how many of its findings are accepted on this day: those are few, and an index has them.
SELECT s.*, (SELECT count(*) FROM work.finding f
             WHERE f.tenant_id = s.tenant_id AND f.rule = s.rule AND f.resolved_at IS NULL AND f.accepted_until >= %(today)s) AS accepted
FROM work.rule_state s WHERE s.tenant_id = %(tenant)s

-- name: list_findings
-- The next findings of these rules, rule by rule: each is looked for as far as a page reaches, whatever it has. The first of
-- them is gone on with behind a record.
SELECT f.rule, f.record_id, f.first_seen, coalesce(f.last_seen, s.ran_at, f.first_seen) AS last_seen, f.resolved_at,
       f.accepted_by, f.accepted_at, f.accepted_reason, f.accepted_until,
       f.resolved_at IS NULL AND f.opened_by = s.run_id AS new
FROM unnest(%(rules)s::text[]) WITH ORDINALITY AS asked (rule, place)
JOIN work.rule_state s ON s.tenant_id = %(tenant)s AND s.rule = asked.rule
CROSS JOIN LATERAL (
    SELECT * FROM work.finding f
    WHERE f.tenant_id = %(tenant)s AND f.rule = asked.rule AND (asked.place > 1 OR f.record_id > %(after)s) AND {wanted}
    ORDER BY f.record_id LIMIT %(limit)s
) AS f
ORDER BY asked.place, f.record_id LIMIT %(limit)s

-- name: name_of_organisation
SELECT tenant_id AS id, NULL::text AS external_id, name_vi, name_foreign AS name_en FROM inventory.organisation
WHERE tenant_id = %(tenant)s

-- name: accept_finding
UPDATE work.finding SET accepted_by = %(actor)s, accepted_at = now(), accepted_reason = %(reason)s, accepted_until = %(until)s
WHERE tenant_id = %(tenant)s AND rule = %(rule)s AND record_id = %(record)s AND resolved_at IS NULL
RETURNING record_id

-- name: reopen_finding
UPDATE work.finding SET accepted_by = NULL, accepted_at = NULL, accepted_reason = NULL, accepted_until = NULL
WHERE tenant_id = %(tenant)s AND rule = %(rule)s AND record_id = %(record)s AND accepted_by IS NOT NULL
RETURNING record_id

-- name: list_deadlines
-- 60 days from the first processing and from each transfer (law 21.1, 20.2), six months from what was filed last (22.1,
-- decree 20.1), ten days from a change of the organisation (22.2). What is filed and what is exempt has none.
WITH org AS (SELECT * FROM inventory.organisation WHERE tenant_id = %(tenant)s),
due (kind, record_id, since, due_on) AS (
    SELECT 'transfer-dossier', t.transfer_id, t.started_on, t.started_on + 60
    FROM inventory.data_transfer t LEFT JOIN org o ON true
    WHERE t.tenant_id = %(tenant)s AND t.started_on IS NOT NULL AND t.dossier_filed_on IS NULL AND t.exemption_code IS NULL
      AND (o.transfer_filed_on IS NULL OR o.transfer_filed_on < t.started_on)
    UNION ALL
    SELECT 'impact-dossier', %(tenant)s, began.on_day, began.on_day + 60
    FROM (SELECT min(started_on) AS on_day FROM inventory.processing_activity WHERE tenant_id = %(tenant)s) AS began
    LEFT JOIN org o ON true
    WHERE began.on_day IS NOT NULL AND o.impact_filed_on IS NULL AND o.exempt_claimed IS NOT TRUE
    UNION ALL
    SELECT 'impact-review', o.tenant_id, filed.on_day, (filed.on_day + interval '6 months')::date
    FROM org o CROSS JOIN LATERAL (SELECT greatest(o.impact_filed_on, o.impact_updated_on) AS on_day) AS filed
    WHERE o.impact_filed_on IS NOT NULL
    UNION ALL
    SELECT 'transfer-review', t.transfer_id, t.dossier_filed_on, (t.dossier_filed_on + interval '6 months')::date
    FROM inventory.data_transfer t
    WHERE t.tenant_id = %(tenant)s AND t.dossier_filed_on IS NOT NULL
      AND (t.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > t.dossier_filed_on
    UNION ALL
    SELECT 'organisation-change', o.tenant_id, changed.on_day, changed.on_day + 10
    FROM org o CROSS JOIN LATERAL (SELECT (o.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS on_day) AS changed
    WHERE o.impact_filed_on IS NOT NULL AND greatest(o.impact_filed_on, o.impact_updated_on) < changed.on_day
      AND changed.on_day + 10 >= %(today)s
)
SELECT due.kind, due.record_id, due.since, due.due_on, due.due_on - %(today)s AS days_left,
       t.external_id, coalesce(t.name_vi, o.name_vi) AS name_vi, coalesce(t.name_en, o.name_foreign) AS name_en
FROM (
    SELECT * FROM due
    WHERE due_on <= %(until)s AND (due_on, kind, record_id) > (%(after_day)s, %(after_kind)s, %(after_record)s)
    ORDER BY due_on, kind, record_id LIMIT %(limit)s
) AS due
LEFT JOIN inventory.data_transfer t ON t.tenant_id = %(tenant)s AND t.transfer_id = due.record_id
LEFT JOIN org o ON due.record_id = %(tenant)s
ORDER BY due.due_on, due.kind, due.record_id
