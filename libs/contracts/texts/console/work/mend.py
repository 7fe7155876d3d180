"""What the page says on which rejected records are mended."""

from libs.contracts.texts.text import Text

MEND = {
    "MEND_TITLE": Text("Mend {job}", "Sửa {job}"),
    "MEND_HEADING": Text("Mend rejected records", "Sửa bản ghi bị từ chối"),
    "MEND_HINT": Text(
        "Change the cells that are at fault; a list has one item a line. What you leave as it is stays exactly as it "
        "came. The records that are ticked are sent again as a new batch.",
        "Sửa các ô bị lỗi; danh sách ghi mỗi mục một dòng. Phần không sửa được giữ nguyên như lúc gửi. "
        "Các bản ghi được chọn sẽ được gửi lại thành một lô mới.",
    ),
    "MEND_SEND": Text("Send", "Gửi"),
    "MEND_SEND_ROW": Text("Send record {n}", "Gửi bản ghi {n}"),
    "MEND_CELL": Text("{field} of record {n}", "{field} của bản ghi {n}"),
    "MEND_LINE": Text("line {n}", "dòng {n}"),
    "MEND_REQUIRED": Text("required", "bắt buộc"),
    "MEND_RIGHT": Text("right", "hợp lệ"),
    "MEND_TOO_LARGE": Text(
        "Too large to be mended here; take the rejected records home.",
        "Quá lớn để sửa tại đây; hãy tải bản ghi về.",
    ),
    "MEND_ALL_FIELDS": Text("Show every field", "Hiện mọi trường"),
    "MEND_CHECK": Text("Check", "Kiểm tra"),
    "MEND_DO_SEND": Text("Send again", "Gửi lại"),
    "MEND_BACK": Text("Back to the job", "Về tác vụ"),
    "MEND_MORE": Text("Others", "Các bản ghi khác"),
    "MEND_NONE": Text(
        "No rejected record is left that was not sent again.",
        "Không còn bản ghi bị từ chối nào chưa được gửi lại.",
    ),
    "MEND_CHECKED": Text(
        "All that is ticked is right by the rules. Nothing was sent yet.",
        "Mọi bản ghi được chọn đều hợp lệ. Chưa gửi gì.",
    ),
    "MEND_FAULTY": Text("Some cells are at fault still. Nothing was sent.", "Vẫn còn ô bị lỗi. Chưa gửi gì."),
    "MEND_STILL_FAULTY": Text(
        "Some cells are at fault still. Nothing was sent: mend them, or take the tick off those records.",
        "Vẫn còn ô bị lỗi. Chưa gửi gì: hãy sửa, hoặc bỏ chọn các bản ghi đó.",
    ),
    "MEND_NOTHING": Text("Tick the records that are to be sent again.", "Hãy chọn bản ghi cần gửi lại."),
    "MEND_WHY": Text(
        "Say why: the reason is kept in the audit trail.", "Hãy nêu lý do: lý do được lưu trong nhật ký kiểm toán."
    ),
}
