"""What is said of the tenant's own organisation."""

from libs.contracts.texts.problems.shapes import Problem

ORGANISATION = (
    Problem(
        "ORGANISATION_NOT_FOUND", 404, "Organisation not known", "Chưa có thông tin tổ chức",
        "Nobody has said yet who this tenant is. PUT it.",
        "Chưa ai khai thông tin tổ chức của đơn vị này. Hãy gửi bằng PUT.",
    ),
    Problem(
        "ORGANISATION_CHANGED", 412, "Organisation changed", "Thông tin tổ chức đã thay đổi",
        "The organisation has another version than the one named. Read it again and repeat the change.",
        "Thông tin tổ chức không còn ở phiên bản được nêu. Hãy đọc lại rồi thực hiện lại thay đổi.",
    ),
    Problem(
        "ORGANISATION_INVALID", 422, "Organisation invalid", "Thông tin tổ chức không hợp lệ",
        "The organisation is not as it should be: {pointer} {reason} See `errors`.",
        "Thông tin tổ chức không hợp lệ: {pointer} {reason_vi} Xem `errors`.",
    ),
)  # fmt: skip
