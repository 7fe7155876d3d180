-- severity: error
-- entity: processing-activities
-- articles: L21.1, L38.2-3; D356 41
-- vi: Có dữ liệu nhạy cảm nhưng ghi không cần đánh giá tác động; dữ liệu nhạy cảm làm mất miễn trừ
-- en: Sensitive data but marked as needing no impact assessment; sensitive data removes the small-firm exemption
-- remedy-vi: Đánh dấu cần đánh giá tác động và đưa hoạt động vào hồ sơ Mẫu 10.
-- remedy-en: Mark that it needs an impact assessment, and put the activity into the dossier (Mẫu 10).

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND NOT a.requires_dpia
  AND a.activity_id IN (
    SELECT l.activity_id
    FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
  )
