"""What the API says of rules of a tenant's own, and of what is due when."""

from libs.contracts.texts.text import Text

COMPLIANCE = {
    # What is wrong with a rule of one's own; part of the problem OWN_RULE_UNFIT.
    "OWN_RULE_FIELD": Text(
        "The entity has no such field. Known are: {allowed}.",
        "Loại bản ghi không có trường này. Các trường: {allowed}.",
    ),
    "OWN_RULE_OPERATOR": Text(
        "This field can be asked: {allowed}.", "Trường này chỉ nhận các phép so sánh: {allowed}."
    ),
    "OWN_RULE_VALUE": Text(
        "No value for this field; allowed: {allowed}.", "Giá trị không hợp lệ; cho phép: {allowed}."
    ),
    # What is due.
    "DUE_TRANSFER_DOSSIER": Text(
        "File the cross-border dossier (Mẫu 09): 60 days from the transfer's start",
        "Nộp hồ sơ chuyển dữ liệu xuyên biên giới (Mẫu 09): 60 ngày từ khi bắt đầu chuyển",
    ),
    "DUE_IMPACT_DOSSIER": Text(
        "File the impact dossier (Mẫu 10): 60 days from the first processing",
        "Nộp hồ sơ đánh giá tác động (Mẫu 10): 60 ngày từ ngày xử lý đầu tiên",
    ),
    "DUE_IMPACT_REVIEW": Text(
        "Review the impact dossier: every 6 months, filed anew (Mẫu 03a) where purpose or parties changed",
        "Rà soát hồ sơ đánh giá tác động: 06 tháng một lần, nộp Mẫu 03a nếu đổi mục đích hoặc bên liên quan",
    ),
    "DUE_TRANSFER_REVIEW": Text(
        "Review the transfer, which has changed since its dossier: within 6 months (Mẫu 03a)",
        "Rà soát việc chuyển đã thay đổi sau khi nộp hồ sơ: trong 06 tháng (Mẫu 03a)",
    ),
    "DUE_ORGANISATION_CHANGE": Text(
        "The organisation has changed since its dossier: where it was reorganised, file the update within 10 days",
        "Thông tin tổ chức thay đổi sau khi nộp hồ sơ: nếu là tổ chức lại thì cập nhật trong 10 ngày",
    ),
}
