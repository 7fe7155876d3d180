-- severity: error
-- entity: processing-activities
-- articles: L3.2, L9.2a; D356 19.3c
-- vi: Chưa nêu mục đích xử lý
-- en: Purpose of processing is missing
-- remedy-vi: Ghi mục đích xử lý cụ thể, rõ ràng bằng tiếng Việt.
-- remedy-en: Write down, in Vietnamese, what exactly the data is processed for.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND nullif(a.purpose_vi, '') IS NULL
