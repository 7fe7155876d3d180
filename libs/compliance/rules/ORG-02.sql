-- severity: error
-- entity: organisation
-- articles: L21.1; D356 19.4; NĐ330 55.1b
-- vi: Quá 60 ngày chưa nộp hồ sơ đánh giá tác động (Mẫu 10)
-- en: Impact dossier (Mẫu 10) not filed within 60 days
-- remedy-vi: Lập và nộp ngay hồ sơ Mẫu 10, rồi ghi ngày nộp.
-- remedy-en: Make and file the dossier (Mẫu 10) now, then record when.

SELECT o.tenant_id AS record_id FROM inventory.organisation o
WHERE o.tenant_id = %(tenant)s AND o.impact_filed_on IS NULL AND o.exempt_claimed IS NOT TRUE
  AND (SELECT min(a.started_on) FROM inventory.processing_activity a WHERE a.tenant_id = %(tenant)s) + 60 < %(today)s
