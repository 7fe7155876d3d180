-- severity: error
-- entity: processing-activities
-- articles: D356 19.3c; Mẫu 10 II.3
-- vi: Chưa gắn loại dữ liệu cá nhân nào
-- en: No category of personal data is linked
-- remedy-vi: Liên kết hoạt động với các loại dữ liệu được xử lý.
-- remedy-en: Link the activity with the categories of data that it processes.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s
  AND NOT EXISTS (
    SELECT FROM inventory.activity_data_category l WHERE l.tenant_id = %(tenant)s AND l.activity_id = a.activity_id
  )
