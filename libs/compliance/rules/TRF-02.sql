-- severity: warning
-- entity: data-transfers
-- articles: L20.2
-- vi: Còn dưới 15 ngày để nộp hồ sơ Mẫu 09
-- en: Fewer than 15 days left to file Mẫu 09
-- remedy-vi: Nộp hồ sơ Mẫu 09 trước hạn, rồi ghi ngày nộp.
-- remedy-en: File the dossier (Mẫu 09) in time, then record when.

-- The organisation's dossier covers what had begun when it was filed; what is exempt (law 20.6, decree 17.3) needs none.
SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
LEFT JOIN inventory.organisation o ON o.tenant_id = t.tenant_id
WHERE t.tenant_id = %(tenant)s AND t.dossier_filed_on IS NULL AND t.exemption_code IS NULL
  AND (o.transfer_filed_on IS NULL OR o.transfer_filed_on < t.started_on)
  AND t.started_on + 60 BETWEEN %(today)s AND %(today)s + 14
