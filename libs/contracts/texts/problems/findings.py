"""Findings and rules that are looked for, decided about or made."""

from libs.contracts.texts.problems.shapes import Problem

FINDINGS = (
    Problem(
        "FINDING_NOT_FOUND", 404, "Finding not found", "Không tìm thấy phát hiện",
        "This rule has found nothing of this record, or it is resolved by now.",
        "Quy tắc này không có phát hiện nào về bản ghi đó, hoặc phát hiện đã được khắc phục.",
    ),
    Problem(
        "FINDING_NOT_ACCEPTED", 409, "Not accepted", "Phát hiện chưa được chấp nhận",
        "Nobody has accepted this finding.",
        "Chưa có ai chấp nhận phát hiện này.",
    ),
    Problem(
        "FINDING_BODY", 422, "Decision invalid", "Nội dung không hợp lệ",
        "The body is not as it should be; see `pointer`. {reason}",
        "Nội dung không hợp lệ; xem `pointer`. {reason_vi}",
    ),
    Problem(
        "ACCEPT_UNTIL", 422, "Day out of range", "Ngày ngoài khoảng cho phép",
        "A finding is accepted until a day from {earliest} to {latest}.",
        "Chỉ có thể chấp nhận đến một ngày trong khoảng {earliest} đến {latest}.",
    ),
    Problem(
        "RULE_NOT_FOUND", 404, "Rule not found", "Không tìm thấy quy tắc",
        "The tenant has made no rule of this code.",
        "Đơn vị chưa tạo quy tắc nào với mã này.",
    ),
    Problem(
        "RULE_CODE", 422, "Code of no rule", "Mã quy tắc không hợp lệ",
        "The code of a rule of one's own is OWN- and 1 to 24 capitals, digits and hyphens; the last is no hyphen.",
        "Mã quy tắc riêng gồm OWN- và 1 đến 24 chữ hoa, chữ số hoặc dấu gạch nối; ký tự cuối không phải gạch nối.",
    ),
    Problem(
        "OWN_RULE_UNFIT", 422, "Rule invalid", "Quy tắc không hợp lệ",
        "The rule cannot be kept; see `pointer`. {reason}",
        "Không lưu được quy tắc; xem `pointer`. {reason_vi}",
    ),
    Problem(
        "OWN_RULE_CHANGED", 412, "Rule changed", "Quy tắc đã thay đổi",
        "Somebody else has made, changed or deleted a rule of this code meanwhile; nothing was done. Look at it anew.",
        "Người khác đã tạo, sửa hoặc xóa quy tắc có mã này; chưa có gì được lưu. Hãy mở lại để xem.",
    ),
    Problem(
        "OWN_RULES_OF_TENANT", 409, "Too many rules", "Quá nhiều quy tắc",
        "The tenant has {limit} rules of its own, which is all it may have. Delete one.",
        "Đơn vị đã có {limit} quy tắc riêng, mức tối đa. Hãy xóa bớt.",
    ),
)  # fmt: skip
