"""What is said before all jobs that match are cancelled or retried, and after."""

from libs.contracts.texts.text import Text

BULK = {
    "BULK_ALL": Text("All that match:", "Mọi tác vụ khớp:"),
    "BULK_CANCEL": Text("Cancel all that match", "Hủy mọi tác vụ khớp"),
    "BULK_RETRY": Text("Retry all that match", "Thử lại mọi tác vụ khớp"),
    "BULK_CANCEL_SHORT": Text("Cancel all …", "Hủy tất cả …"),
    "BULK_RETRY_SHORT": Text("Retry all …", "Thử lại tất cả …"),
    "BULK_FILTER": Text("Filter", "Bộ lọc"),
    "BULK_NO_FILTER": Text("none: all jobs", "không có: mọi tác vụ"),
    "BULK_WORDS": Text("Words", "Từ khóa"),
    "BULK_COUNT": Text("They are", "Số lượng"),
    "BULK_BEFORE": Text("Cut-off", "Mốc thời gian"),
    "BULK_BEFORE_TEXT": Text("opened by {moment} ({offset})", "mở trước {moment} ({offset})"),
    "BULK_HINT": Text(
        "Jobs that are in no state for it are left alone. They are counted again when it is carried out; if more match "
        "by then, nothing is done.",
        "Tác vụ không ở trạng thái phù hợp được bỏ qua. Khi thực hiện, số lượng được đếm lại; nếu có nhiều hơn thì "
        "không làm gì cả.",
    ),
    "BULK_LIMIT": Text("Up to {n} jobs are gone through.", "Xử lý tối đa {n} tác vụ."),
    "BULK_DO_CANCEL": Text("Cancel them all", "Hủy tất cả ngay"),
    "BULK_DO_RETRY": Text("Retry them all", "Thử lại tất cả ngay"),
    "BULK_BACK": Text("Back to the list", "Về danh sách"),
    "BULK_CAME": Text("What became of the jobs", "Kết quả với các tác vụ"),
    "BULK_JOBS": Text("Jobs", "Tác vụ"),
    "BULK_DONE": Text("done", "đã thực hiện"),
    "BULK_SKIPPED": Text("left alone", "bỏ qua"),
    "BULK_FAILED": Text("not possible any more", "không thể thực hiện nữa"),
    "BULK_ABOUT": Text("The jobs that match", "Các tác vụ khớp"),
    "JOBS_PARENT": Text("Part of", "Thuộc về"),
    "JOBS_FROM": Text("From", "Từ"),
    "JOBS_TO": Text("To", "Đến"),
}
