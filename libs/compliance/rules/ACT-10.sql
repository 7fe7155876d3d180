-- severity: warning
-- entity: processing-activities
-- articles: L27.1b; D356 8.2
-- vi: Chấm điểm, xếp hạng tín dụng phải có sự đồng ý
-- en: Credit scoring needs consent
-- remedy-vi: Chuyển căn cứ sang sự đồng ý của khách hàng.
-- remedy-en: Base it on the customers' consent.
-- words: chấm điểm tín dụng | xếp hạng tín dụng | mức độ tín nhiệm

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis <> 'consent'
  AND concat_ws(' ', a.activity_name_vi, a.purpose_vi) ~ %(words)s
