-- severity: info
-- entity: processing-activities
-- articles: Mẫu 10 II.1
-- vi: Thiếu đối tượng chủ thể hoặc số lượng
-- en: Data subject group or count is missing
-- remedy-vi: Ghi nhóm chủ thể dữ liệu (khách hàng, người lao động, …) và số lượng ước tính.
-- remedy-en: Say whose data it is (customers, employees, …), and of about how many people.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND (a.data_subject_count IS NULL OR nullif(a.subject_group, '') IS NULL)
