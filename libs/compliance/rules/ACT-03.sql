-- severity: warning
-- entity: processing-activities
-- articles: L3.3, L14.1c; Mẫu 10 II.5-6
-- vi: Chưa xác định thời hạn lưu trữ, xóa, hủy
-- en: No retention period; deletion cannot be shown
-- remedy-vi: Đặt thời hạn lưu trữ (tháng) và cách xóa, hủy khi hết hạn.
-- remedy-en: Set for how many months the data is kept, and how it is deleted then.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.retention_period_months IS NULL
