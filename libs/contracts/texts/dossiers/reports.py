"""What a report says."""

from libs.contracts.texts.text import Text

REPORTS = {
    "TITLE_REPORT": Text("Report on the inventory of personal data", "Báo cáo về sổ đăng ký dữ liệu cá nhân"),
    "REPORT_SPAN": Text("From {since} to {until}", "Từ ngày {since} đến ngày {until}"),
    "REPORT_CAME": Text("1. What came in", "1. Dữ liệu đã nhận"),
    "REPORT_CAME_SUM": Text(
        "{total} records came in: {written} are in the inventory, {rejected} were rejected, {failed} failed and {cancelled} "
        "were cancelled. In as many days before there were {before}.",
        "Đã nhận {total} bản ghi: {written} bản ghi đã vào sổ đăng ký, {rejected} bị từ chối, {failed} lỗi và {cancelled} "
        "bị hủy. Kỳ trước có cùng số ngày nhận {before} bản ghi.",
    ),
    "REPORT_CAME_NONE": Text(
        "Nothing came in. In as many days before there were {before} records.",
        "Không nhận bản ghi nào. Kỳ trước có cùng số ngày nhận {before} bản ghi.",
    ),
    "REPORT_KIND": Text("Records", "Loại bản ghi"),
    "REPORT_ALL": Text("All", "Tổng cộng"),
    "REPORT_UNKNOWN": Text("(of jobs that are gone)", "(tác vụ không còn lưu)"),
    "REPORT_TOTAL": Text("Came in", "Đã nhận"),
    "REPORT_CREATED": Text("New", "Tạo mới"),
    "REPORT_UPDATED": Text("Updated", "Cập nhật"),
    "REPORT_UNCHANGED": Text("Unchanged", "Không đổi"),
    "REPORT_REJECTED": Text("Rejected", "Bị từ chối"),
    "REPORT_FAILED": Text("Failed", "Lỗi"),
    "REPORT_CANCELLED": Text("Cancelled", "Bị hủy"),
    "REPORT_WRITTEN": Text("In the inventory", "Đã vào sổ"),
    "REPORT_BY_DAY": Text("Records a day, by what became of them", "Số bản ghi mỗi ngày, theo kết quả"),
    "REPORT_BY_KIND": Text("Records a day, by their kind", "Số bản ghi mỗi ngày, theo loại"),
    "REPORT_WHY": Text("2. What was rejected, and why", "2. Bản ghi bị từ chối và lý do"),
    "REPORT_WHY_NONE": Text("No record was rejected.", "Không có bản ghi nào bị từ chối."),
    "REPORT_WHY_SOME": Text(
        "Of {all} records that were rejected or failed, {looked} were looked at. One record may have several faults.",
        "Trong {all} bản ghi bị từ chối hoặc lỗi, đã xem {looked} bản ghi. Một bản ghi có thể có nhiều lỗi.",
    ),
    "REPORT_REASON": Text("Reason", "Lý do"),
    "REPORT_FIELD": Text("Field", "Trường"),
    "REPORT_RECORDS": Text("Records", "Số bản ghi"),
    "REPORT_FINDINGS": Text("3. Findings of the rules", "3. Vấn đề do các quy tắc phát hiện"),
    "REPORT_FINDINGS_SUM": Text(
        "{new} are new, {mended} were mended, {open} are open at the end of the last day.",
        "{new} vấn đề mới, {mended} vấn đề đã khắc phục, {open} vấn đề còn mở vào cuối ngày cuối kỳ.",
    ),
    "REPORT_FINDINGS_NONE": Text(
        "There are none; or no rule has been run yet.", "Không có vấn đề nào, hoặc chưa chạy kiểm tra quy tắc."
    ),
    "REPORT_RULE": Text("Rule", "Quy tắc"),
    "REPORT_SEVERITY": Text("Severity", "Mức độ"),
    "REPORT_TEXT": Text("What is wrong", "Nội dung"),
    "REPORT_NEW": Text("New", "Mới"),
    "REPORT_MENDED": Text("Mended", "Đã khắc phục"),
    "REPORT_OPEN": Text("Open", "Còn mở"),
    "REPORT_SEVERITY_ERROR": Text("error", "lỗi"),
    "REPORT_SEVERITY_WARNING": Text("warning", "cảnh báo"),
    "REPORT_SEVERITY_INFO": Text("note", "lưu ý"),
    "REPORT_DUE": Text("4. Deadlines", "4. Thời hạn sắp tới"),
    "REPORT_DUE_SUM": Text(
        "Seen from {date}: {overdue} overdue, {ahead} within {days} days.",
        "Tính từ ngày {date}: {overdue} việc quá hạn, {ahead} việc đến hạn trong {days} ngày.",
    ),
    "REPORT_DUE_MORE": Text("The {shown} most urgent are listed.", "Liệt kê {shown} việc gấp nhất."),
    "REPORT_DUE_NONE": Text("Nothing is due.", "Không có việc nào đến hạn."),
    "REPORT_DUE_ON": Text("Due on", "Hạn"),
    "REPORT_DAYS_LEFT": Text("Days left", "Còn (ngày)"),
    "REPORT_DUE_WHAT": Text("What", "Việc cần làm"),
    "REPORT_DUE_OF": Text("Of", "Đối tượng"),
    "REPORT_ARTICLES": Text("Law", "Căn cứ"),
    "REPORT_JOBS": Text("5. Jobs", "5. Tác vụ"),
    "REPORT_JOBS_NONE": Text("None has ended.", "Không có tác vụ nào kết thúc."),
    "REPORT_TYPE": Text("Type", "Loại tác vụ"),
    "REPORT_END": Text("End", "Kết quả"),
    "REPORT_COUNT": Text("Jobs", "Số tác vụ"),
    "REPORT_END_COMPLETED": Text("completed", "hoàn thành"),
    "REPORT_END_FAILED": Text("failed", "thất bại"),
    "REPORT_END_CANCELLED": Text("cancelled", "đã hủy"),
}
