-- severity: error
-- entity: data-categories
-- articles: D356 3-4
-- vi: Cùng tên nhưng xếp cả cơ bản và nhạy cảm
-- en: Same name filed both as basic and as sensitive
-- remedy-vi: Thống nhất một cách xếp loại, hoặc đổi tên để phân biệt.
-- remedy-en: File them the same way, or give them different names.

SELECT record_id FROM (
    SELECT c.data_category_id AS record_id, min(c.category_type) OVER same_name AS lowest, max(c.category_type) OVER same_name AS highest
    FROM inventory.data_category c WHERE c.tenant_id = %(tenant)s
    WINDOW same_name AS (PARTITION BY lower(c.name_vi))
) AS named
WHERE lowest <> highest
