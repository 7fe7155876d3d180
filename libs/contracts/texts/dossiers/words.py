"""What all packages say."""

from libs.contracts.texts.text import Text

WORDS = {
    "PAGE_NUMBER": Text("Page {page} of {pages}", "Trang {page}/{pages}"),
    "ROWS_CUT": Text(
        "({rows} more rows are left out here; the workbook has all of them.)",
        "(Còn {rows} dòng không hiển thị ở đây; bảng tính XLSX có đầy đủ.)",
    ),
    "MADE_ON": Text("As of {date}", "Tính đến ngày {date}"),
    "NOTHING": Text("None.", "Không có."),
    "AND_MORE": Text("{n} more", "và {n} mục khác"),
    "TITLE_REGISTER": Text("Register of personal data processing", "Sổ đăng ký hoạt động xử lý dữ liệu cá nhân"),
    "SHEET_PROCESSING_ACTIVITIES": Text("Activities", "Hoạt động xử lý"),
    "SHEET_DATA_CATEGORIES": Text("Data categories", "Loại dữ liệu"),
    "SHEET_RECIPIENTS": Text("Recipients", "Bên nhận"),
    "SHEET_DATA_TRANSFERS": Text("Transfers", "Chuyển xuyên biên giới"),
    "TITLE_PROCESSING_ACTIVITIES": Text("Processing activities", "Hoạt động xử lý dữ liệu cá nhân"),
    "TITLE_DATA_CATEGORIES": Text("Categories of personal data", "Loại dữ liệu cá nhân"),
    "TITLE_RECIPIENTS": Text("Recipients", "Bên nhận dữ liệu"),
    "TITLE_DATA_TRANSFERS": Text("Transfers across the border", "Chuyển dữ liệu cá nhân xuyên biên giới"),
    "COLUMN_ACTIVITIES": Text("Activities that use it", "Số hoạt động sử dụng"),
    "COLUMN_DATA_CATEGORY_IDS": Text("Data categories", "Loại dữ liệu"),
    "COLUMN_RECIPIENT_IDS": Text("Recipients", "Bên nhận"),
    "COLUMN_TRANSFER_IDS": Text("Transfers across the border", "Chuyển xuyên biên giới"),
    "YES": Text("yes", "có"),
    "NO": Text("no", "không"),
    # Findings.
    "TITLE_FINDINGS": Text(
        "Findings: how the inventory answers the law", "Phát hiện: mức độ đáp ứng quy định của danh mục"
    ),
    "FOUND_SUMMARY": Text("Rules", "Quy tắc"),
    "FOUND_NEVER": Text(
        "The rules have not been run yet: sluice rules", "Các quy tắc chưa được chạy lần nào: sluice rules"
    ),
    "FOUND_ERROR": Text("Errors", "Lỗi"),
    "FOUND_WARNING": Text("Warnings", "Cảnh báo"),
    "FOUND_INFO": Text("Notes", "Lưu ý"),
    "FOUND_SEVERITY": Text("Severity", "Mức độ"),
    "FOUND_RULE": Text("Rule", "Quy tắc"),
    "FOUND_WHAT": Text("What is found", "Nội dung"),
    "FOUND_ARTICLES": Text("Articles", "Căn cứ"),
    "FOUND_OPEN": Text("Open", "Chưa khắc phục"),
    "FOUND_ACCEPTED": Text("of them accepted", "trong đó đã chấp nhận"),
    "FOUND_RECORD": Text("Record", "Bản ghi"),
    "FOUND_NAMED": Text("External id", "Mã ngoài"),
    "FOUND_REMEDY": Text("Remedy", "Cách khắc phục"),
    "FOUND_SINCE": Text("Since", "Từ ngày"),
    "FOUND_UNTIL": Text("Accepted until", "Chấp nhận đến"),
    # In front of a dossier.
    "COVER": Text("Completeness", "Mức độ đầy đủ"),
    "COVER_TITLE": Text("HOW COMPLETE THIS DOSSIER IS", "MỨC ĐỘ ĐẦY ĐỦ CỦA HỒ SƠ"),
    "COVER_FIGURE": Text(
        "{percent}%: {filled} of {boxes} boxes that the inventory can fill are filled.",
        "{percent}%: đã điền {filled}/{boxes} ô mà sổ đăng ký có thể điền.",
    ),
    "COVER_PERSON": Text(
        "Sections that are a judgement, section III above all, are left to a person and do not count; write them in the Word "
        "file. This page and all marks are to be taken out before the dossier is filed, and counsel should check it.",
        "Các phần mang tính đánh giá, nhất là mục III, do con người viết và không tính vào tỷ lệ này; hãy viết trong tệp Word. "
        "Bỏ trang này và mọi chỗ đánh dấu trước khi nộp; hồ sơ cần được luật sư hoặc bộ phận pháp chế kiểm tra.",
    ),
    "COVER_MISSING": Text("What is missing", "Những nội dung còn thiếu"),
    "COVER_COMPLETE": Text(
        "Nothing that the inventory could fill is missing.", "Không thiếu nội dung nào mà sổ đăng ký có thể điền."
    ),
    "COVER_FORM": Text("Form", "Mẫu"),
    "COVER_BOX": Text("Box", "Ô"),
    "COVER_LABEL": Text("What it asks for", "Nội dung"),
    "COVER_HOW_MANY": Text("Missing", "Còn thiếu"),
    "COVER_RULE": Text("Asked by", "Quy định yêu cầu"),
    "COVER_NO_RECORD": Text("no record", "chưa có bản ghi"),
    "GAP": Text("not known yet", "chưa có thông tin"),
    "GAP_OF": Text("{missing} of {of} do not say", "{missing}/{of} chưa nêu"),
    "GAP_SHORT": Text("missing", "thiếu"),
    "FORM": Text("Mẫu {form}", "Mẫu {form}"),
}
