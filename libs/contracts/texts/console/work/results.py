"""What came of a task, by the names that its result has: `RESULT_` and the name."""

from libs.contracts.texts.text import Text

RESULTS = {
    # Of files.
    "RESULT_FILE_ID": Text("File", "Tệp"),
    "RESULT_FILE_SHA256": Text("SHA-256 of the file", "SHA-256 của tệp"),
    "RESULT_FORMAT": Text("Format", "Định dạng"),
    "RESULT_CERTAIN": Text("Sure how it is read", "Chắc chắn về cách đọc"),
    "RESULT_ROWS": Text("Rows", "Số dòng"),
    "RESULT_FAULTY_ROWS": Text("Faulty rows", "Dòng lỗi"),
    "RESULT_MAPPING_ID": Text("Mapping", "Ánh xạ"),
    "RESULT_MAPPING_VERSION": Text("Version of the mapping", "Phiên bản ánh xạ"),
    "RESULT_RESULT_FILE_ID": Text("File that was made", "Tệp kết quả"),
    "RESULT_REJECTS_FILE_ID": Text("File of the rejected rows", "Tệp các dòng bị từ chối"),
    "RESULT_WRITTEN": Text("Rows written", "Dòng đã ghi"),
    "RESULT_REJECTED": Text("Rows rejected", "Dòng bị từ chối"),
    "RESULT_SEGMENTS": Text("Batches", "Số lô dữ liệu"),
    "RESULT_COMPLETED": Text("Files completed", "Tệp hoàn thành"),
    "RESULT_FAILED": Text("Files failed", "Tệp thất bại"),
    "RESULT_CANCELLED": Text("Files cancelled", "Tệp đã hủy"),
    # Of packages and reports.
    "RESULT_PACKAGE": Text("What", "Nội dung"),
    "RESULT_LANGUAGE": Text("Language", "Ngôn ngữ"),
    "RESULT_MADE_ON": Text("Made on", "Ngày lập"),
    "RESULT_FROM": Text("From", "Từ ngày"),
    "RESULT_TO": Text("To", "Đến ngày"),
    "RESULT_LANGUAGE_VI": Text("Vietnamese", "tiếng Việt"),
    "RESULT_LANGUAGE_EN": Text("English", "tiếng Anh"),
    # Of a backup.
    "RESULT_NAME": Text("Folder", "Thư mục"),
    "RESULT_TAKEN_AT": Text("Shows the state of", "Dữ liệu tại thời điểm"),
    "RESULT_BYTES": Text("Size", "Dung lượng"),
    "RESULT_SHA256": Text("SHA-256", "SHA-256"),
    "RESULT_ENCRYPTED": Text("Encrypted", "Đã mã hóa"),
    "RESULT_TABLES": Text("Tables, restored and found equal", "Số bảng đã phục hồi thử và khớp"),
    # Of what is forgotten.
    "RESULT_REJECTS": Text("Rejected records", "Bản ghi bị từ chối"),
    "RESULT_LOG_LINES": Text("Lines of tasks' stories", "Dòng nhật ký tác vụ"),
    "RESULT_JOBS": Text("Batches", "Lô dữ liệu"),
    "RESULT_TASKS": Text("Tasks", "Tác vụ"),
    "RESULT_FINDINGS": Text("Findings that were gone", "Phát hiện đã khắc phục"),
    "RESULT_STATISTICS": Text("Rows of statistics", "Dòng số liệu thống kê"),
    "RESULT_LEDGER_WAITS": Text("Batches are left for the next time", "Còn lô dữ liệu để lần sau"),
    # Of a job for each tenant.
    "RESULT_OPENED": Text("Jobs opened", "Tác vụ đã mở"),
    "RESULT_LEFT_OUT": Text("Tenants that still had one", "Đơn vị còn tác vụ chưa xong"),
    # Of warming.
    "RESULT_PAGES": Text("Pages of tables and keys", "Số trang của bảng và khóa"),
    "RESULT_READ": Text("Pages that were not in the cache", "Số trang chưa có trong bộ nhớ đệm"),
    "RESULT_BEFORE": Text("In the cache before", "Trong bộ nhớ đệm trước đó"),
    "RESULT_AFTER": Text("In the cache now", "Trong bộ nhớ đệm sau khi đọc"),
    "RESULT_ROOM": Text("Pages that may be read", "Số trang được phép đọc"),
    "RESULT_WHOLE": Text("All was read", "Đã đọc hết"),
}
