-- severity: error
-- entity: data-categories
-- articles: D356 3, 4.1
-- vi: Mã pháp lý và cách xếp loại cơ bản/nhạy cảm trái nhau
-- en: Legal code and kind (basic or sensitive) contradict one another
-- remedy-vi: Sửa mã hoặc cách xếp loại cho khớp: B là cơ bản, S là nhạy cảm.
-- remedy-en: Mend the code or the kind: B is basic, S is sensitive.

SELECT c.data_category_id AS record_id FROM inventory.data_category c
WHERE c.tenant_id = %(tenant)s AND left(c.legal_code, 1) <> CASE c.category_type WHEN 'basic' THEN 'B' ELSE 'S' END
