-- severity: warning
-- entity: processing-activities
-- articles: L17.1; D356 7.2
-- vi: Chuyển giao dữ liệu nhạy cảm: phải mã hóa, ẩn danh, bảo mật vật lý; cần bằng chứng
-- en: Sensitive data is handed over: encryption, anonymisation and physical security must be shown
-- remedy-vi: Lưu bằng chứng về mã hóa, ẩn danh, bảo mật vật lý; sau đó chấp nhận phát hiện này có thời hạn.
-- remedy-en: Keep evidence of encryption, anonymisation and physical security; then accept this finding for a time.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s
  AND a.activity_id IN (
    SELECT l.activity_id
    FROM inventory.activity_data_category l JOIN inventory.data_category c USING (tenant_id, data_category_id)
    WHERE l.tenant_id = %(tenant)s AND c.category_type = 'sensitive'
  )
  AND a.activity_id IN (
    SELECT l.activity_id
    FROM inventory.activity_recipient l JOIN inventory.recipient r USING (tenant_id, recipient_id)
    WHERE l.tenant_id = %(tenant)s AND r.recipient_type NOT IN ('internal', 'public_authority')
  )
