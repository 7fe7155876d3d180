-- severity: warning
-- entity: processing-activities
-- articles: L25.1b-c
-- vi: Tuyển dụng phải có sự đồng ý của người dự tuyển; không tuyển thì xóa
-- en: Recruitment needs the applicant's consent; delete if not hired
-- remedy-vi: Chuyển căn cứ sang sự đồng ý của người dự tuyển; xóa dữ liệu của người không trúng tuyển.
-- remedy-en: Base it on the applicants' consent; delete the data of those who are not hired.
-- words: tuyển dụng | ứng viên | dự tuyển

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis <> 'consent'
  AND concat_ws(' ', a.activity_name_vi, a.purpose_vi) ~ %(words)s
