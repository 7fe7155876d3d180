-- severity: warning
-- entity: recipients
-- articles: D356 19.3a; Mẫu 10 B
-- vi: Thiếu thông tin liên lạc của bên nhận
-- en: Contact of the recipient is missing
-- remedy-vi: Ghi địa chỉ, điện thoại hoặc thư điện tử của bên nhận.
-- remedy-en: Write down the recipient's address, telephone or e-mail.

SELECT r.recipient_id AS record_id FROM inventory.recipient r
WHERE r.tenant_id = %(tenant)s AND r.recipient_type NOT IN ('internal', 'public_authority') AND nullif(r.contact, '') IS NULL
