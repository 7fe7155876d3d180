-- severity: warning
-- entity: processing-activities
-- articles: L19.1a-b, L19.2; NĐ330 47.3
-- vi: Căn cứ khẩn cấp nhưng lưu trên 12 tháng: kiểm tra phạm vi, bên xử lý phải chứng minh
-- en: Urgency basis but kept over 12 months: check scope; burden of proof is yours
-- remedy-vi: Rút ngắn thời hạn lưu trữ, hoặc chọn căn cứ pháp lý khác và giữ chứng cứ.
-- remedy-en: Keep it for a shorter time, or choose another basis and keep the evidence.
-- unsure: yes

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis IN ('vital_interests', 'emergency_security')
  AND a.retention_period_months > 12
