-- severity: error
-- entity: data-transfers
-- articles: D356 18.2b; NĐ330 56.2a
-- vi: Chưa có hợp đồng hoặc văn bản chuyển giao ràng buộc
-- en: No contract or binding transfer instrument
-- remedy-vi: Ghi hợp đồng hoặc văn bản ràng buộc với bên nhận.
-- remedy-en: Record the contract or binding instrument with the receiver.

SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND nullif(t.transfer_basis, '') IS NULL AND nullif(t.agreement_ref, '') IS NULL
