-- severity: warning
-- entity: data-transfers
-- articles: L22.1; D356 20.1
-- vi: Có thay đổi sau khi nộp quá 06 tháng: rà soát, nộp Mẫu 03a nếu đổi mục đích hoặc bên liên quan
-- en: Changed since filing, over 6 months: review; file Mẫu 03a if purpose or parties changed
-- remedy-vi: Rà soát thay đổi; nếu đổi mục đích hoặc bên liên quan thì nộp Mẫu 03a, nếu không thì chấp nhận phát hiện này.
-- remedy-en: Review what changed; file Mẫu 03a where purpose or parties did, else accept this finding.
-- unsure: yes

-- What has changed is not kept: it may have been nothing but the day of filing.
SELECT t.transfer_id AS record_id FROM inventory.data_transfer t
WHERE t.tenant_id = %(tenant)s AND (t.dossier_filed_on + interval '6 months')::date < %(today)s
  AND (t.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > t.dossier_filed_on
