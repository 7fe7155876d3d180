-- severity: error
-- entity: processing-activities
-- articles: L9; D356 6.1-2, 6.4
-- vi: Dựa trên đồng ý nhưng thiếu phương thức kiểm chứng, hoặc chưa báo dữ liệu là nhạy cảm
-- en: Consent without a verifiable method, or subjects not told the data is sensitive
-- remedy-vi: Ghi phương thức lấy sự đồng ý kiểm chứng được; với dữ liệu nhạy cảm, thông báo cho chủ thể và ghi nhận.
-- remedy-en: Record how consent is given so that it can be shown; tell people where their data is sensitive, and record that.

-- Two parts that have nothing in common: an OR over a subquery would ask it for each activity.
SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis = 'consent' AND nullif(a.consent_method, '') IS NULL
UNION ALL
SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis = 'consent' AND nullif(a.consent_method, '') IS NOT NULL
  AND a.sensitive_notice IS NOT TRUE
  AND a.activity_id IN (
    SELECT l.activity_id
    FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
  )
