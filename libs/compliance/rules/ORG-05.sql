-- severity: warning
-- entity: organisation
-- articles: L21.1; D356 19.4
-- vi: Không hoạt động nào có ngày bắt đầu: chưa tính được hạn 60 ngày nộp Mẫu 10
-- en: No activity says when it began: the 60 days for Mẫu 10 cannot be counted
-- remedy-vi: Ghi ngày bắt đầu của các hoạt động xử lý, ít nhất của hoạt động đầu tiên.
-- remedy-en: Give the day on which processing began, at least of the first activity.

SELECT o.tenant_id AS record_id FROM inventory.organisation o
WHERE o.tenant_id = %(tenant)s AND o.impact_filed_on IS NULL AND o.exempt_claimed IS NOT TRUE
  AND EXISTS (SELECT FROM inventory.processing_activity a WHERE a.tenant_id = %(tenant)s)
  AND NOT EXISTS (
    SELECT FROM inventory.processing_activity a WHERE a.tenant_id = %(tenant)s AND a.started_on IS NOT NULL
  )
