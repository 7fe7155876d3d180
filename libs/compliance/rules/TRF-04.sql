-- severity: error
-- entity: data-transfers
-- articles: L20.2; D356 18.3
-- vi: Thiếu ngày bắt đầu, mục đích hoặc bên nhận
-- en: Start date, purpose or receiving party is missing
-- remedy-vi: Bổ sung ngày bắt đầu, mục đích và bên nhận của việc chuyển.
-- remedy-en: Give the transfer's start, purpose and receiving party.

SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s
  AND (t.started_on IS NULL OR nullif(t.purpose_vi, '') IS NULL OR nullif(t.recipient_name, '') IS NULL)
