"""Schedules that cannot be kept."""

from libs.contracts.texts.problems.shapes import Problem

SCHEDULES = (
    Problem(
        "SCHEDULE_NOT_FOUND", 404, "Schedule not found", "Không tìm thấy lịch",
        "There is no schedule of this name.",
        "Không có lịch nào với tên này.",
    ),
    Problem(
        "SCHEDULE_NAME", 422, "Name of no schedule", "Tên lịch không hợp lệ",
        "A schedule's name has 1 to 64 small letters, digits and hyphens, and neither begins nor ends with a hyphen.",
        "Tên lịch gồm 1 đến 64 chữ thường, chữ số và dấu gạch nối, không bắt đầu hay kết thúc bằng dấu gạch nối.",
    ),
    Problem(
        "SCHEDULE_WHEN", 422, "No time", "Thời điểm không hợp lệ",
        "`when` says no time that ever comes. Write five fields of cron, or words: {examples}.",
        "`when` không chỉ ra thời điểm nào. Hãy viết năm trường cron hoặc bằng lời: {examples}, hằng ngày 02:00, thứ hai 08:00.",
    ),
    Problem(
        "SCHEDULE_ZONE", 422, "Unknown time zone", "Múi giờ không tồn tại",
        "`zone` is no time zone. One is written like Asia/Ho_Chi_Minh.",
        "`zone` không phải múi giờ. Ví dụ: Asia/Ho_Chi_Minh.",
    ),
    Problem(
        "SCHEDULE_BODY", 422, "Schedule invalid", "Lịch không hợp lệ",
        "The schedule is not as it should be: {reason}",
        "Nội dung lịch không hợp lệ: {reason_vi}",
    ),
    Problem(
        "SCHEDULE_BUSY", 409, "Still running", "Lần chạy trước chưa xong",
        "The job that this schedule opened last has not ended. Cancel it, or wait.",
        "Tác vụ gần nhất của lịch này chưa kết thúc. Hãy hủy hoặc chờ.",
    ),
    Problem(
        "SCHEDULES_OF_TENANT", 409, "Too many schedules", "Quá nhiều lịch",
        "The tenant has {limit} schedules, which is all it may have. Delete one.",
        "Đơn vị đã có {limit} lịch, mức tối đa. Hãy xóa bớt.",
    ),
)  # fmt: skip
