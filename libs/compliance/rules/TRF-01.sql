-- severity: error
-- entity: data-transfers
-- articles: L20.2; D356 18.4; NĐ330 56.1b
-- vi: Quá 60 ngày chưa nộp hồ sơ chuyển xuyên biên giới (Mẫu 09)
-- en: Cross-border dossier (Mẫu 09) not filed within 60 days
-- remedy-vi: Lập và nộp ngay hồ sơ Mẫu 09, rồi ghi ngày nộp.
-- remedy-en: Make and file the dossier (Mẫu 09) now, then record when.

-- The organisation's dossier covers what had begun when it was filed; what is exempt (law 20.6, decree 17.3) needs none.
SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
LEFT JOIN inventory.organisation o ON o.tenant_id = t.tenant_id
WHERE t.tenant_id = %(tenant)s AND t.dossier_filed_on IS NULL AND t.exemption_code IS NULL
  AND (o.transfer_filed_on IS NULL OR o.transfer_filed_on < t.started_on)
  AND t.started_on + 60 < %(today)s
