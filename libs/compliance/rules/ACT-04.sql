-- severity: info
-- entity: processing-activities
-- articles: L11; Mẫu 10 II.2
-- vi: Chưa nêu nguồn thu thập dữ liệu
-- en: Source of the data is not stated
-- remedy-vi: Ghi dữ liệu được thu thập từ đâu: chủ thể, bên khác hay nguồn công khai.
-- remedy-en: Say where the data comes from: its subjects, another party, or a public source.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND nullif(a.data_source_vi, '') IS NULL
