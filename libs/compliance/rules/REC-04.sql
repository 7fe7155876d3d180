-- severity: error
-- entity: recipients
-- articles: L37.2a; D356 7.1
-- vi: Chưa có hợp đồng, thỏa thuận xử lý hoặc chuyển giao
-- en: No processing or transfer agreement recorded
-- remedy-vi: Ghi số, ngày của hợp đồng hoặc thỏa thuận với bên nhận.
-- remedy-en: Record number and date of the agreement with the recipient.

SELECT r.recipient_id AS record_id FROM inventory.recipient r
WHERE r.tenant_id = %(tenant)s AND nullif(r.agreement_ref, '') IS NULL
  AND r.recipient_type IN ('processor', 'controller_processor', 'controller', 'third_party')
