-- severity: warning
-- entity: processing-activities
-- articles: L30.4; D356 10.3, 10.5đ
-- vi: Xử lý tự động: phải thông báo, giải thích thuật toán, cho quyền không tham gia; đánh giá tuân thủ 01 năm/lần
-- en: Automated processing: notify, explain, offer opt-out; yearly compliance review
-- remedy-vi: Lập thông báo, giải thích thuật toán và cách từ chối; khi đã có bằng chứng, chấp nhận phát hiện này đến lần đánh giá sau.
-- remedy-en: Have notice, explanation and opt-out in place; once there is evidence, accept this finding until the next yearly review.

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.has_automated_decision_making
