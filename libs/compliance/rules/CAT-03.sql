-- severity: info
-- entity: data-categories
-- articles: Mẫu 10 II.3
-- vi: Không hoạt động nào dùng loại dữ liệu này
-- en: No activity uses this category
-- remedy-vi: Liên kết với hoạt động xử lý dùng nó, hoặc bỏ loại dữ liệu này.
-- remedy-en: Link it with the activities that use it, or do without it.

SELECT c.data_category_id AS record_id FROM inventory.data_category c
WHERE c.tenant_id = %(tenant)s
  AND NOT EXISTS (
    SELECT FROM inventory.activity_data_category l
    WHERE l.tenant_id = %(tenant)s AND l.data_category_id = c.data_category_id
  )
