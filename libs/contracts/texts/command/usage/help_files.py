"""How the commands about files are used."""

from libs.contracts.texts.text import Text

HELP_FILES = {
    "COMMAND_LOAD": Text("Load a file of any kind, with questions.", "Nạp một tệp bất kỳ, có hỏi lại."),
    "COMMAND_FILES": Text("List files.", "Liệt kê các tệp."),
    "COMMAND_FILE": Text("Show, fetch or delete a file.", "Xem, tải về hoặc xóa một tệp."),
    "COMMAND_MAPPINGS": Text("List mappings.", "Liệt kê các ánh xạ."),
    "COMMAND_MAPPING": Text("Show, try out or approve a mapping.", "Xem, thử hoặc duyệt một ánh xạ."),
    "HELP_LOAD": Text(
        "Load FILE (CSV, Excel, JSON and others, see GET /api/v1/formats), or a file that is on the server by its ID: "
        "upload it, see what is in it, map its columns to fields, write its rows. It asks where it is not sure. "
        "Exit status: 0 all written, 1 some rows were not, 2 it could not be done or was declined.",
        "Nạp FILE (CSV, Excel, JSON và các loại khác, xem GET /api/v1/formats), hoặc tệp đã có trên máy chủ theo ID: "
        "tải lên, xem nội dung, ghép cột với trường rồi ghi các dòng. Chỗ nào chưa chắc, lệnh sẽ hỏi. "
        "Mã thoát: 0 đã ghi hết, 1 có dòng không được ghi, 2 không thực hiện được hoặc bị từ chối.",
    ),
    "OPTION_MAPPING": Text(
        "A mapping that is there already; an approved one asks nothing.",
        "Một ánh xạ đã có; nếu đã duyệt thì không hỏi gì.",
    ),
    "OPTION_YES": Text(
        "Ask nothing: load if all is sure, else end with status 2 and say what is not.",
        "Không hỏi: nạp nếu mọi thứ chắc chắn, nếu không thì thoát với mã 2 và nói rõ.",
    ),
    "OPTION_DRY_RUN": Text("Report as if, and write nothing.", "Chỉ chạy thử và báo cáo, không ghi gì."),
    "OPTION_ENCODING": Text(
        "The encoding of the file's text, where it is known.", "Bảng mã của văn bản trong tệp, nếu đã biết."
    ),
    "OPTION_CONSTANT": Text(
        "A value for all rows, such as legal_basis=contract; may be repeated.",
        "Giá trị cho mọi dòng, ví dụ legal_basis=contract; có thể lặp lại.",
    ),
    "OPTION_SHEET": Text(
        "The sheet of a workbook; else the first that is not hidden.",
        "Trang tính trong bảng tính; nếu không có thì trang đầu tiên không bị ẩn.",
    ),
    "OPTION_FORMAT": Text(
        "What the file is, where its content leaves that open; such as vi-register.",
        "Định dạng của tệp khi nội dung chưa cho biết; ví dụ vi-register.",
    ),
    "OPTION_PROVIDER": Text(
        "Who proposes the mapping; ai needs a provider that the server knows.",
        "Ai đề xuất ánh xạ; ai cần nhà cung cấp đã cấu hình trên máy chủ.",
    ),
    "OPTION_LOAD_REJECTS": Text(
        "Write the rejected rows to this file, as they came, to be mended and loaded again.",
        "Ghi nguyên trạng các dòng bị từ chối vào tệp này để sửa rồi nạp lại.",
    ),
    "OPTION_JOB_REJECTS": Text(
        "Write the rejected records to this file, as they came.", "Ghi nguyên trạng các bản ghi bị từ chối vào tệp này."
    ),
    "HELP_FILES": Text("List the tenant's files, newest first.", "Liệt kê tệp của đơn vị, mới nhất trước."),
    "HELP_FILE": Text("Show a file, fetch it, or delete it.", "Xem một tệp, tải về hoặc xóa."),
    "OPTION_LIMIT_FILES": Text("Files at most.", "Số tệp tối đa."),
    "OPTION_SAVE": Text("Write the file's bytes to this path.", "Ghi nội dung tệp ra đường dẫn này."),
    "OPTION_DELETE": Text("Have it forgotten.", "Xóa tệp."),
    "HELP_MAPPINGS": Text("List the tenant's mappings, newest first.", "Liệt kê ánh xạ của đơn vị, mới nhất trước."),
    "HELP_MAPPING": Text("Show a mapping: which column is which field.", "Xem một ánh xạ: cột nào là trường nào."),
    "OPTION_ENTITY_MAPPINGS": Text("Only mappings to this kind of record.", "Chỉ các ánh xạ tới loại bản ghi này."),
    "OPTION_STATUS_MAPPINGS": Text("Only mappings in this state.", "Chỉ các ánh xạ ở trạng thái này."),
    "OPTION_LIMIT_MAPPINGS": Text("Mappings at most.", "Số ánh xạ tối đa."),
    "OPTION_PREVIEW": Text("Show what the first rows become.", "Hiện kết quả của các dòng đầu."),
    "OPTION_APPROVE": Text("Agree to it.", "Duyệt ánh xạ."),
}
