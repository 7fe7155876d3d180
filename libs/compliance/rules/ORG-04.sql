-- severity: error
-- entity: organisation
-- articles: D356 19.3a; Mẫu 10 I
-- vi: Chưa khai thông tin tổ chức: không kiểm tra được nhân sự, hồ sơ và miễn trừ
-- en: The organisation is not described: officer, dossier and exemption cannot be checked
-- remedy-vi: Khai thông tin tổ chức: tên, mã số thuế, địa chỉ, nhân sự bảo vệ dữ liệu, ngày nộp hồ sơ.
-- remedy-en: Describe the organisation: name, tax code, address, officer, and when dossiers were filed.

-- The other rules of the organisation find nothing where it is not described; this one finds that.
SELECT %(tenant)s AS record_id
WHERE NOT EXISTS (SELECT FROM inventory.organisation o WHERE o.tenant_id = %(tenant)s)
