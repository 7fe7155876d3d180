-- severity: error
-- entity: recipients
-- articles: L20.1b, L20.2; D356 17.1
-- vi: Bên nhận ở nước ngoài nhưng hoạt động không khai chuyển xuyên biên giới
-- en: Recipient abroad but the activity declares no cross-border transfer
-- remedy-vi: Khai việc chuyển dữ liệu xuyên biên giới và liên kết với hoạt động.
-- remedy-en: Declare the cross-border transfer, and link it with the activity.

SELECT r.recipient_id AS record_id FROM inventory.recipient r
WHERE r.tenant_id = %(tenant)s AND r.country_code <> 'VN'
  AND r.recipient_id IN (
    SELECT l.recipient_id FROM inventory.activity_recipient l
    WHERE l.tenant_id = %(tenant)s AND NOT EXISTS (
      SELECT FROM inventory.activity_transfer x WHERE x.tenant_id = %(tenant)s AND x.activity_id = l.activity_id
    )
  )
