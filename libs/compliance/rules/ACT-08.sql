-- severity: warning
-- entity: processing-activities
-- articles: L28.3
-- vi: Quảng cáo, tiếp thị phải có sự đồng ý và cách từ chối
-- en: Advertising needs consent and a way to refuse
-- remedy-vi: Chuyển căn cứ sang sự đồng ý và cung cấp cách từ chối nhận quảng cáo.
-- remedy-en: Base it on consent, and give people a way to refuse.
-- words: quảng cáo | tiếp thị | marketing | khuyến mại | khuyến mãi
-- unsure: yes

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis <> 'consent'
  AND concat_ws(' ', a.activity_name_vi, a.purpose_vi) ~ %(words)s
