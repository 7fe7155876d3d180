-- severity: warning
-- entity: data-transfers
-- articles: L20.1
-- vi: Nước đến là Việt Nam: không phải chuyển xuyên biên giới, hoặc khai sai
-- en: Destination is Vietnam: not cross-border, or wrongly declared
-- remedy-vi: Sửa quốc gia đến, hoặc bỏ việc chuyển này khỏi danh mục.
-- remedy-en: Mend the destination, or take the transfer out of the inventory.

SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND t.destination_country = 'VN'
