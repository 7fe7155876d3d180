-- severity: error
-- entity: processing-activities
-- articles: D356 4.2; Mẫu 10 II.11
-- vi: Dữ liệu nhạy cảm nhưng chưa có phân quyền, quy trình, biện pháp bảo mật
-- en: Sensitive data without access limits, procedure and security measures
-- remedy-vi: Ghi biện pháp bảo mật: phân quyền, quy trình, mã hóa.
-- remedy-en: Write down the measures: who has access, which procedure, which security.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND nullif(a.security_measures_vi, '') IS NULL
  AND a.activity_id IN (
    SELECT l.activity_id
    FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
  )
