-- severity: warning
-- entity: data-transfers
-- articles: L20.2
-- vi: Hồ sơ nộp muộn hơn 60 ngày
-- en: Dossier was filed after the 60 days
-- remedy-vi: Lưu giải trình về việc nộp muộn; sau đó chấp nhận phát hiện này.
-- remedy-en: Keep an explanation of why it was late; then accept this finding.

SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND t.dossier_filed_on > t.started_on + 60
