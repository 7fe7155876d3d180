-- severity: warning
-- entity: recipients
-- articles: L20.1
-- vi: Không rõ quốc gia: chưa xác định được có chuyển xuyên biên giới
-- en: Country unknown: cross-border transfer cannot be ruled out
-- remedy-vi: Ghi quốc gia của bên nhận (mã hai chữ cái).
-- remedy-en: Give the recipient's country (two letters).

SELECT r.recipient_id AS record_id FROM inventory.recipient r
WHERE r.tenant_id = %(tenant)s AND r.recipient_type <> 'internal' AND r.country_code IS NULL
