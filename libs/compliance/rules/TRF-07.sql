-- severity: warning
-- entity: data-transfers
-- articles: Mẫu 09 II.1, III.2.3
-- vi: Vượt ngưỡng 100.000/10.000 chủ thể (hoặc chưa rõ số lượng): phải có mục III.2.3 an ninh quốc gia
-- en: Above 100,000 / 10,000 subjects, or count unknown: section III.2.3 is needed
-- remedy-vi: Ghi số lượng chủ thể; nếu vượt ngưỡng, lập mục III.2.3 rồi chấp nhận phát hiện này.
-- remedy-en: Give the count; above the thresholds write section III.2.3, then accept this finding.

-- Two parts that have nothing in common: an OR over a subquery would ask it for each transfer.
SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND (t.data_subject_count IS NULL OR t.data_subject_count > 100000)
UNION ALL
SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND t.data_subject_count > 10000 AND t.data_subject_count <= 100000
  AND t.transfer_id IN (
    SELECT x.transfer_id
    FROM inventory.activity_transfer x
    JOIN inventory.activity_data_category l USING (tenant_id, activity_id)
    JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE x.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
  )
