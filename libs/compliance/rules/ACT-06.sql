-- severity: warning
-- entity: processing-activities
-- articles: L21.1-2
-- vi: Luật yêu cầu đánh giá tác động cho mọi hoạt động, trừ bên được miễn: ghi rõ căn cứ miễn
-- en: The law asks an assessment of all processing unless exempt: record the exemption
-- remedy-vi: Đánh dấu cần đánh giá tác động, hoặc khai căn cứ miễn trong thông tin tổ chức.
-- remedy-en: Mark that it needs an impact assessment, or claim the exemption among the organisation's facts.

-- With sensitive data it is ACT-05.
SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND NOT a.requires_dpia
  AND NOT EXISTS (
    SELECT FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = %(tenant)s AND l.activity_id = a.activity_id AND c.category_type = 'sensitive'
  )
  AND NOT EXISTS (SELECT FROM inventory.organisation o WHERE o.tenant_id = %(tenant)s AND o.exempt_claimed)
