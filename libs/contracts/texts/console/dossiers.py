"""What the page of dossiers says."""

from libs.contracts.texts.text import Text

DOSSIERS = {
    "DOSSIERS": Text("Dossiers", "Hồ sơ"),
    "DOSSIERS_WHAT": Text("What", "Loại"),
    "DOSSIERS_FORMATS": Text("As", "Định dạng"),
    "DOSSIERS_LANGUAGE": Text("In", "Ngôn ngữ"),
    "DOSSIERS_MAKE": Text("Make it", "Lập hồ sơ"),
    "DOSSIERS_HINT": Text(
        "Filled from the inventory; what is missing is marked with the rule that asks for it. Section III is for a "
        "person to write, in the Word file. Have counsel check it before it is filed.",
        "Điền từ danh mục; chỗ còn thiếu được đánh dấu kèm quy định yêu cầu. Mục III do con người viết trong tệp Word. "
        "Cần bộ phận pháp chế kiểm tra trước khi nộp.",
    ),
    "DOSSIERS_MADE": Text("Made so far", "Đã lập"),
    "DOSSIERS_COMPLETE": Text("Complete", "Mức độ đầy đủ"),
    "DOSSIERS_MISSING": Text("{n} boxes are missing", "còn thiếu {n} ô"),
    "DOSSIERS_NO_RECORD": Text("no record", "chưa có bản ghi"),
    "DOSSIERS_FILES": Text("Files", "Tệp"),
    "DOSSIERS_GONE": Text("no longer kept", "không còn lưu"),
    "DOSSIERS_EMPTY": Text("Nothing was made yet.", "Chưa lập hồ sơ nào."),
    "DOSSIERS_EMPTY_HINT": Text(
        "Choose what is to be made, or: sluice dossier mau-10 --format docx",
        "Hãy chọn loại hồ sơ ở trên, hoặc: sluice dossier mau-10 --format docx",
    ),
    "PACKAGE_REGISTER": Text("Register of the inventory", "Sổ đăng ký hoạt động xử lý"),
    "PACKAGE_FINDINGS": Text("Findings of the rules", "Phát hiện của các quy tắc"),
    "PACKAGE_MAU_09": Text(
        "Dossier of transfers across the border (Mẫu 09, 01a, 03a)",
        "Hồ sơ chuyển dữ liệu xuyên biên giới (Mẫu 09, 01a, 03a)",
    ),
    "PACKAGE_MAU_10": Text(
        "Dossier of the impact of processing (Mẫu 10, 02a, 03a)",
        "Hồ sơ đánh giá tác động xử lý dữ liệu (Mẫu 10, 02a, 03a)",
    ),
    "PACKAGE_REPORT": Text("Report", "Báo cáo"),
    "REPORT_FIRST_DAY": Text("From", "Từ ngày"),
    "REPORT_LAST_DAY": Text("To", "Đến ngày"),
    "REPORT_MAKE": Text("Make the report", "Lập báo cáo"),
    "REPORT_HINT": Text(
        "What came in, what was rejected and why, findings new and mended, deadlines; as PDF and HTML. Without days, "
        "on the last whole week.",
        "Dữ liệu đã nhận, bản ghi bị từ chối và lý do, vấn đề mới và đã khắc phục, thời hạn sắp tới; dạng PDF và HTML. "
        "Không chọn ngày thì lấy tuần trọn gần nhất.",
    ),
    "FORMAT_HTML": Text("Page (HTML)", "Trang (HTML)"),
    "FORMAT_XLSX": Text("Workbook (XLSX)", "Bảng tính (XLSX)"),
    "FORMAT_PDF": Text("PDF", "PDF"),
    "FORMAT_DOCX": Text("Word (DOCX)", "Word (DOCX)"),
}
