"""What the commands say of files, mappings and loads."""

from libs.contracts.texts.text import Text

LOADING = {
    # What the client raises; the name is the error's code.
    "FILE_DIFFERS": Text(
        "{name} changed while it was sent, or did not arrive as it is; send it again.",
        "{name} đã thay đổi trong lúc gửi, hoặc không đến nguyên vẹn; hãy gửi lại.",
    ),
    # CSV that `sluice push` reads itself.
    "CSV_HEADER": Text(
        "The first line of {path} does not name fields of {entity}, each once. `sluice load` maps other headers.",
        "Dòng đầu của {path} không phải là tên các trường của {entity}, mỗi trường một lần. "
        "Lệnh `sluice load` ghép được các tiêu đề khác.",
    ),
    "CSV_ENCODING": Text(
        "{path} is not UTF-8. `sluice load` recognises other encodings.",
        "{path} không phải mã UTF-8. Lệnh `sluice load` nhận ra các bảng mã khác.",
    ),
    "CSV_BROKEN": Text(
        "{path} is not well-formed CSV from line {line} on. `sluice load` names each bad row and loads the others.",
        "{path} không đúng dạng CSV từ dòng {line}. Lệnh `sluice load` chỉ ra từng dòng lỗi và nạp các dòng còn lại.",
    ),
    # While a file is loaded.
    "UPLOADING": Text("Uploading", "Đang tải lên"),
    "ANALYSING": Text("Looking", "Đang xem"),
    "MATCHING": Text("Mapping", "Đang ghép cột"),
    "LOADING": Text("Loading", "Đang nạp"),
    "FOUND": Text("{how}: {rows:,} rows, {columns} columns.", "{how}: {rows:,} dòng, {columns} cột."),
    "DELIMITED": Text("delimiter “{by}”", "dấu phân cách “{by}”"),
    "FAULTY_ROWS": Text("{count:,} of them cannot be read.", "Trong đó {count:,} dòng không đọc được."),
    "OTHER_SHEETS": Text("Other sheets, for --sheet: {names}", "Các trang khác, dùng --sheet: {names}"),
    "JOB_GOES_ON": Text(
        "The job goes on without you.\n  {watch}   follows it\n  {cancel}  ends it",
        "Tác vụ vẫn tiếp tục chạy.\n  {watch}   để theo dõi\n  {cancel}  để hủy",
    ),
    "NOTHING_LOADED": Text(
        "Nothing was loaded. The file is on the server; to go on with it:\n  {again}",
        "Chưa nạp gì. Tệp đã có trên máy chủ; để tiếp tục:\n  {again}",
    ),
    "NOTHING_WRITTEN": Text("Tried out only: nothing was written.", "Chỉ chạy thử: không ghi gì."),
    "FIRST_ERRORS": Text("First errors:", "Các lỗi đầu tiên:"),
    "ROW": Text("row {row}", "dòng {row}"),
    "REJECTS_KEPT": Text(
        "The rejected rows, as they came, to be mended and loaded again:\n  {again}",
        "Lấy nguyên trạng các dòng bị từ chối để sửa rồi nạp lại:\n  {again}",
    ),
    "MEND": Text(
        "Mend the rows in {path} and load them:\n  {again}",
        "Hãy sửa các dòng trong {path} rồi nạp lại:\n  {again}",
    ),
    # Where nobody can be asked.
    "NOBODY_TO_ASK": Text(
        "Nobody can be asked here: standard input is no terminal. Use --yes to take what is sure, or --mapping ID.",
        "Không thể hỏi ai ở đây: đầu vào chuẩn không phải là terminal. "
        "Hãy dùng --yes để nhận những gì chắc chắn, hoặc --mapping ID.",
    ),
    "ENCODING_DOUBTFUL": Text(
        "The encoding of the file is not certain; it seems to be {encoding}. "
        "Name the right one with --encoding, or run without --yes.",
        "Chưa chắc bảng mã của tệp; có vẻ là {encoding}. "
        "Hãy nêu đúng bảng mã bằng --encoding, hoặc chạy không có --yes.",
    ),
    "CONSTANT_UNFIT": Text(
        "--constant {field}=…: there is no such field, or it cannot have this value.",
        "--constant {field}=…: không có trường này hoặc giá trị không hợp lệ.",
    ),
    "NOT_SURE": Text(
        "Not everything is sure, so nothing was loaded. Run without --yes to be asked, or mend and approve "
        "mapping {id} and name it with --mapping.",
        "Chưa chắc chắn hết nên chưa nạp gì. Hãy chạy không có --yes để được hỏi, hoặc sửa và duyệt ánh xạ {id} "
        "rồi nêu nó bằng --mapping.",
    ),
    "DOUBT": Text("  column “{column}” may be {fields}", "  cột “{column}” có thể là {fields}"),
    # Questions.
    "YES": Text("y yes", "c có y"),
    "NO": Text("n no", "k không n"),
    "ASK_ENCODING": Text(
        "The encoding of the file is not certain; it seems to be {encoding}. "
        "Its first columns are then called:\n  {names}",
        "Chưa chắc bảng mã của tệp; có vẻ là {encoding}. Khi đó các cột đầu có tên:\n  {names}",
    ),
    "ASK_ENCODING_ANSWER": Text(
        "Enter if they read well, else the right encoding (utf-8, cp1258, tcvn3, vni):",
        "Enter nếu đọc được, nếu không hãy gõ bảng mã đúng (utf-8, cp1258, tcvn3, vni):",
    ),
    "ASK_FIELD": Text("Column {number} “{name}”:", "Cột {number} “{name}”:"),
    "LEAVE_OUT": Text("leave it out", "bỏ qua cột này"),
    "ASK_FIELD_ANSWER": Text(
        "A number, or the name of another field [{default}]:", "Số, hoặc tên một trường khác [{default}]:"
    ),
    "NO_SUCH_FIELD": Text("No such field. Take one of: {fields}", "Không có trường này. Hãy chọn: {fields}"),
    "ASK_MISSING": Text(
        "Every record needs {field}, and no column gives it.", "Bản ghi nào cũng cần {field} nhưng chưa cột nào cho."
    ),
    "ASK_MISSING_LISTED": Text(
        "One of these for all rows, or a column as #3:", "Một giá trị cho mọi dòng, hoặc một cột, ví dụ #3:"
    ),
    "ASK_MISSING_FREE": Text(
        "A value for all rows, or a column as #3:", "Một giá trị cho mọi dòng, hoặc một cột, ví dụ #3:"
    ),
    "NO_SUCH_VALUE": Text("{field} cannot have this value.", "{field} không nhận giá trị này."),
    "ASK_TO_LOAD": Text(
        "Is this right? [Y]es, [n]o, or the number of a column to change:",
        "Đúng chưa? [C]ó, [k]hông, hoặc số của cột cần đổi:",
    ),
    "YES_NO_OR_COLUMN": Text("y, n or a number from 1 to {last}", "c, k hoặc một số từ 1 đến {last}"),
    # A mapping as a table.
    "COLUMN": Text("column", "cột"),
    "FIELD": Text("field", "trường"),
    "SURE": Text("sure", "chắc"),
    "WHY": Text("why", "vì sao"),
    "OR": Text("or {fields}", "hoặc {fields}"),
    "PERHAPS": Text("perhaps {fields}", "có thể là {fields}"),
    "PREVIEW": Text("The first rows become:", "Các dòng đầu sẽ thành:"),
    "CONSTANT": Text("In all rows: {field} = {value}", "Mọi dòng: {field} = {value}"),
    "UNMAPPED": Text("Every record needs: {fields}", "Bản ghi nào cũng cần: {fields}"),
    "BY_EXACT": Text("own name", "đúng tên"),
    "BY_SYNONYM": Text("known word", "tên quen thuộc"),
    "BY_HISTORY": Text("as before", "như lần trước"),
    "BY_SIMILARITY": Text("similar", "tên gần giống"),
    "BY_SHAPE": Text("its values", "theo giá trị"),
    "BY_AI": Text("AI", "AI"),
    "BY_PERSON": Text("a person", "người dùng"),
    # Lists.
    "NO_FILES": Text("No files.", "Không có tệp nào."),
    "NO_MAPPINGS": Text("No mappings.", "Không có ánh xạ nào."),
    "FILE_DELETED": Text("{name} is deleted.", "Đã xóa {name}."),
    "MAPPING_PROPOSED": Text("proposed", "đề xuất"),
    "MAPPING_APPROVED": Text("approved", "đã duyệt"),
    "FILE": Text("file", "tệp"),
    "NAME": Text("name", "tên"),
    "SIZE": Text("size", "dung lượng"),
    "RECEIVED": Text("received", "đã nhận"),
    "FORMAT": Text("format", "định dạng"),
    "ENCODING": Text("encoding", "bảng mã"),
    "SHA256": Text("SHA-256", "SHA-256"),
    "EXPIRES_AT": Text("expires at", "hết hạn lúc"),
    "MAPPING": Text("mapping", "ánh xạ"),
    "VERSION": Text("version", "phiên bản"),
}
