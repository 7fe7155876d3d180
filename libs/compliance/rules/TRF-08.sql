-- severity: info
-- entity: data-transfers
-- articles: L39.2; D356 42
-- vi: Hồ sơ theo NĐ 13/2023 vẫn dùng được; cập nhật theo Luật 91
-- en: Decree 13/2023 dossier stays valid; updates follow Law 91
-- remedy-vi: Không cần nộp lại; lần cập nhật sau dùng Mẫu 03a.
-- remedy-en: It need not be filed again; the next update follows Mẫu 03a.

SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND t.dossier_filed_on < DATE '2026-01-01'
