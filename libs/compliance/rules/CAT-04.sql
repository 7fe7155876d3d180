-- severity: info
-- entity: data-categories
-- articles: D356 3, 4.1; Mẫu 10 II.3
-- vi: Chưa biết loại dữ liệu thuộc ô nào của Mẫu 10 mục II.3
-- en: It is not known which box of Mẫu 10, II.3 this category is
-- remedy-vi: Chọn mã trong danh mục của Nghị định 356/2025 (B01–B23 hoặc S01–S16).
-- remedy-en: Choose its code of the lists of Decree 356/2025 (B01–B23 or S01–S16).

SELECT c.data_category_id AS record_id FROM inventory.data_category c
WHERE c.tenant_id = %(tenant)s AND c.legal_code IS NULL
