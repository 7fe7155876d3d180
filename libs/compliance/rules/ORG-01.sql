-- severity: error
-- entity: organisation
-- articles: L33.2, L38; D356 13; NĐ330 57.2c
-- vi: Chưa chỉ định bộ phận, nhân sự bảo vệ dữ liệu cá nhân
-- en: No data protection department or officer appointed
-- remedy-vi: Chỉ định bộ phận hoặc nhân sự bảo vệ dữ liệu cá nhân và ghi quyết định.
-- remedy-en: Appoint a department or an officer, and record the decision.

SELECT o.tenant_id AS record_id FROM inventory.organisation o
WHERE o.tenant_id = %(tenant)s AND nullif(o.dpo_name, '') IS NULL AND o.exempt_claimed IS NOT TRUE
