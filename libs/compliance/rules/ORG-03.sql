-- severity: error
-- entity: organisation
-- articles: L38.2-3; D356 41
-- vi: Không còn được miễn: có dữ liệu nhạy cảm, từ 100.000 chủ thể, hoặc kinh doanh dịch vụ xử lý
-- en: Exemption lost: sensitive data, 100,000 subjects or more, or sells processing services
-- remedy-vi: Bỏ khai miễn trừ; chỉ định nhân sự và nộp hồ sơ đánh giá tác động.
-- remedy-en: Claim no exemption; appoint an officer and file the impact dossier.

-- People are counted once for each activity: who they are is not known here.
SELECT o.tenant_id AS record_id FROM inventory.organisation o
WHERE o.tenant_id = %(tenant)s AND o.exempt_claimed
  AND (
    o.sells_processing
    OR EXISTS (
      SELECT FROM inventory.data_category c JOIN inventory.activity_data_category l USING (tenant_id, data_category_id)
      WHERE c.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
    )
    OR (SELECT sum(a.data_subject_count) FROM inventory.processing_activity a WHERE a.tenant_id = %(tenant)s) >= 100000
  )
