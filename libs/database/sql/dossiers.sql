-- What the dossiers of Decree 356/2025 say of a tenant's inventory. Where a statement asks for `crossing`, Mẫu 09 wants those
-- activities alone that are part of a transfer across the border; Mẫu 10 wants all.

-- name: rules_ran
SELECT max(ran_at) AS ran_at FROM work.rule_state WHERE tenant_id = %(tenant)s

-- name: count_open_findings
SELECT rule, count(*) AS open,
       count(*) FILTER (WHERE accepted_until >= (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS accepted
FROM work.finding WHERE tenant_id = %(tenant)s AND resolved_at IS NULL GROUP BY rule ORDER BY rule

-- name: dossier_organisation
SELECT * FROM inventory.organisation WHERE tenant_id = %(tenant)s

-- name: dossier_activities
-- How many there are, and how many of them leave something unsaid.
SELECT count(*) AS total,
       count(*) FILTER (WHERE a.role IS NULL) AS no_role,
       count(*) FILTER (WHERE a.subject_group IS NULL OR a.data_subject_count IS NULL) AS no_subjects,
       count(*) FILTER (WHERE a.purpose_vi IS NULL) AS no_purpose,
       count(*) FILTER (WHERE a.operations IS NULL) AS no_operations,
       count(*) FILTER (WHERE a.retention_period_months IS NULL) AS no_retention,
       count(*) FILTER (WHERE a.deletion_method IS NULL) AS no_deletion,
       count(*) FILTER (WHERE a.security_measures_vi IS NULL) AS no_measures,
       count(*) FILTER (WHERE NOT kinds.some) AS no_category,
       count(*) FILTER (WHERE kinds.sensitive) AS sensitive,
       count(*) FILTER (WHERE a.legal_basis = 'consent') AS by_consent,
       count(*) FILTER (WHERE a.legal_basis = 'consent' AND (
           a.consent_method IS NULL OR (kinds.sensitive AND a.sensitive_notice IS NOT TRUE))) AS no_consent,
       count(*) FILTER (WHERE handed.over) AS handed_over,
       coalesce(max(a.data_subject_count) FILTER (WHERE kinds.sensitive), 0) AS most_sensitive,
       coalesce(max(a.data_subject_count), 0) AS most_subjects
FROM inventory.processing_activity a
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS some, coalesce(bool_or(c.category_type = 'sensitive'), false) AS sensitive
    FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id
) AS kinds
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM inventory.activity_recipient l JOIN inventory.recipient r USING (tenant_id, recipient_id)
        WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id AND r.recipient_type <> 'internal'
    ) AS over
) AS handed
WHERE a.tenant_id = %(tenant)s AND (NOT %(crossing)s OR EXISTS (
    SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = a.tenant_id AND x.activity_id = a.activity_id))

-- name: dossier_subjects
-- Whose data it is, by the organisation's role. Several activities have the data of the same people, so the largest counts.
SELECT CASE WHEN role = 'controller_processor' THEN 'controller' ELSE role END AS role, subject_group,
       max(data_subject_count) AS subjects, count(*) AS activities
FROM inventory.processing_activity
WHERE tenant_id = %(tenant)s AND subject_group IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 3 DESC NULLS LAST, 2 LIMIT 500

-- name: dossier_codes
-- The kinds of data that activities use, by what the law calls them.
SELECT c.legal_code, c.category_type, count(*) AS categories
FROM inventory.data_category c
WHERE c.tenant_id = %(tenant)s AND EXISTS (
    SELECT FROM inventory.activity_data_category l
    WHERE l.tenant_id = c.tenant_id AND l.data_category_id = c.data_category_id AND (NOT %(crossing)s OR EXISTS (
        SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = l.tenant_id AND x.activity_id = l.activity_id)))
GROUP BY 1, 2 ORDER BY 1, 2

-- name: dossier_retention
SELECT retention_period_months AS value, count(*) AS activities FROM inventory.processing_activity a
WHERE tenant_id = %(tenant)s AND retention_period_months IS NOT NULL AND (NOT %(crossing)s OR EXISTS (
    SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = a.tenant_id AND x.activity_id = a.activity_id))
GROUP BY 1 ORDER BY 1 LIMIT 200

-- name: dossier_deletion
SELECT deletion_method AS value, count(*) AS activities FROM inventory.processing_activity a
WHERE tenant_id = %(tenant)s AND deletion_method IS NOT NULL AND (NOT %(crossing)s OR EXISTS (
    SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = a.tenant_id AND x.activity_id = a.activity_id))
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200

-- name: dossier_measures
SELECT security_measures_vi AS value, count(*) AS activities FROM inventory.processing_activity a
WHERE tenant_id = %(tenant)s AND security_measures_vi IS NOT NULL AND (NOT %(crossing)s OR EXISTS (
    SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = a.tenant_id AND x.activity_id = a.activity_id))
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200

-- name: dossier_flows
SELECT a.activity_id AS id, a.activity_name_vi, a.activity_name_en, a.subject_group, a.data_subject_count, a.purpose_vi,
       a.purpose_en, a.operations, a.system_location,
       (SELECT array_agg(CASE WHEN %(english)s THEN coalesce(c.name_en, c.name_vi) ELSE c.name_vi END ORDER BY c.name_vi, c.data_category_id) FILTER (WHERE c.category_type = 'basic')
        FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
        WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id) AS basic,
       (SELECT array_agg(CASE WHEN %(english)s THEN coalesce(c.name_en, c.name_vi) ELSE c.name_vi END ORDER BY c.name_vi, c.data_category_id) FILTER (WHERE c.category_type = 'sensitive')
        FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
        WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id) AS sensitive
FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR a.activity_id > %(after)s)
  AND coalesce(a.role, '') = ANY(%(roles)s)
ORDER BY a.activity_id LIMIT %(limit)s

-- name: dossier_consents
SELECT a.activity_id AS id, a.activity_name_vi, a.activity_name_en, a.subject_group, a.consent_method, a.sensitive_notice,
       EXISTS (
           SELECT FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
           WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id AND c.category_type = 'sensitive'
       ) AS sensitive
FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis = 'consent' AND (%(after)s::uuid IS NULL OR a.activity_id > %(after)s)
ORDER BY a.activity_id LIMIT %(limit)s

-- name: dossier_parties
-- Recipients of some types; for Mẫu 09, those of activities that are part of a transfer, abroad or in the country.
SELECT r.recipient_id AS id, r.name_vi, r.name_en, r.recipient_type, r.country_code, r.contact, r.tax_code, r.dpo_contact,
       r.agreement_ref, r.agreement_date, r.service
FROM inventory.recipient r
WHERE r.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR r.recipient_id > %(after)s)
  AND r.recipient_type = ANY(%(types)s) AND (NOT %(crossing)s OR EXISTS (
    SELECT FROM inventory.activity_recipient l JOIN inventory.activity_transfer x USING (tenant_id, activity_id)
    JOIN inventory.data_transfer t USING (tenant_id, transfer_id)
    WHERE l.tenant_id = r.tenant_id AND l.recipient_id = r.recipient_id
      AND (%(through)s::boolean IS NULL OR (t.transfer_case IS NOT DISTINCT FROM 4 AND r.country_code = 'VN') = %(through)s)))
  AND (NOT %(crossing)s OR NOT EXISTS (
    SELECT FROM inventory.data_transfer t WHERE t.tenant_id = r.tenant_id AND lower(t.recipient_name) = lower(r.name_vi)))
ORDER BY r.recipient_id LIMIT %(limit)s

-- name: dossier_lacking_parties
SELECT count(*) AS total, count(*) FILTER (WHERE agreement_ref IS NULL) AS no_agreement,
       count(*) FILTER (WHERE contact IS NULL AND dpo_contact IS NULL) AS no_contact
FROM inventory.recipient WHERE tenant_id = %(tenant)s AND recipient_type NOT IN ('internal', 'public_authority')

-- name: dossier_abroad
SELECT EXISTS (SELECT FROM inventory.data_transfer WHERE tenant_id = %(tenant)s) OR EXISTS (
    SELECT FROM inventory.recipient
    WHERE tenant_id = %(tenant)s AND country_code <> 'VN' AND recipient_type <> 'internal') AS abroad

-- name: dossier_transfer_counts
SELECT count(*) AS total,
       count(*) FILTER (WHERE transfer_case IS NULL) AS no_case,
       count(*) FILTER (WHERE data_subject_count IS NULL) AS no_subjects,
       count(*) FILTER (WHERE purpose_vi IS NULL OR recipient_name IS NULL OR started_on IS NULL) AS no_facts,
       count(*) FILTER (WHERE transfer_basis IS NULL) AS no_basis,
       count(*) FILTER (WHERE agreement_ref IS NULL) AS no_agreement,
       count(*) FILTER (WHERE receiver_measures IS NULL) AS no_measures
FROM inventory.data_transfer WHERE tenant_id = %(tenant)s

-- name: dossier_transfers
SELECT t.transfer_id AS id, t.name_vi, t.name_en, t.destination_country, t.recipient_name, t.purpose_vi, t.purpose_en,
       t.transfer_basis, t.data_subject_count, t.started_on, t.transfer_case, t.agreement_ref, t.receiver_measures,
       t.onward_transfer, r.tax_code, r.dpo_contact, r.contact, r.agreement_date, r.service, linked.groups, linked.sensitive
FROM inventory.data_transfer t
LEFT JOIN (
    SELECT DISTINCT ON (lower(name_vi)) * FROM inventory.recipient WHERE tenant_id = %(tenant)s
    ORDER BY lower(name_vi), recipient_id
) AS r ON lower(r.name_vi) = lower(t.recipient_name)
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT a.subject_group ORDER BY a.subject_group) FILTER (WHERE a.subject_group IS NOT NULL) AS groups,
           coalesce(bool_or(EXISTS (
               SELECT FROM inventory.activity_data_category l
               JOIN inventory.data_category c USING (tenant_id, data_category_id)
               WHERE l.tenant_id = a.tenant_id AND l.activity_id = a.activity_id AND c.category_type = 'sensitive'
           )), false) AS sensitive
    FROM inventory.activity_transfer x JOIN inventory.processing_activity a USING (tenant_id, activity_id)
    WHERE x.tenant_id = t.tenant_id AND x.transfer_id = t.transfer_id
) AS linked
WHERE t.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR t.transfer_id > %(after)s)
  AND (%(case)s::integer IS NULL OR coalesce(t.transfer_case, 0) = %(case)s)
ORDER BY t.transfer_id LIMIT %(limit)s

-- name: dossier_changes
-- What is new, or was written again, since a day in Viet Nam.
SELECT (SELECT count(*) FROM inventory.processing_activity WHERE tenant_id = %(tenant)s AND updated_at >= day.ends) AS activities,
       (SELECT count(*) FROM inventory.recipient WHERE tenant_id = %(tenant)s AND updated_at >= day.ends) AS recipients,
       (SELECT count(*) FROM inventory.data_transfer WHERE tenant_id = %(tenant)s AND updated_at >= day.ends) AS transfers
FROM (SELECT (%(since)s::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS ends) AS day
