"""Files that cannot be read as a whole, and rows that cannot be read; both by what readers find."""

from libs.contracts.texts.problems.shapes import Problem, RecordError

READERS = (
    Problem(
        "FILE_EMPTY", 422, "Empty file", "Tệp rỗng",
        "The file, or the sheet, holds no rows at all.",
        "Tệp hoặc trang tính không có dòng nào.",
    ),
    Problem(
        "FILE_HEADER_ONLY", 422, "Header without rows", "Chỉ có dòng tiêu đề",
        "The file has a header and no rows below it.",
        "Tệp chỉ có dòng tiêu đề, không có dòng dữ liệu.",
    ),
    Problem(
        "FILE_HEADER_UNREADABLE", 422, "No header found", "Không đọc được dòng tiêu đề",
        "The row with the columns' names is damaged, longer than a record may be, or not among the first {max} rows. Name it by header_row.",
        "Dòng tên cột bị hỏng, dài quá mức cho phép, hoặc không nằm trong {max} dòng đầu. Hãy chỉ rõ bằng header_row.",
    ),
    Problem(
        "FILE_TOO_MANY_COLUMNS", 422, "Too many columns", "Quá nhiều cột",
        "The file has more than {max} columns. Check its delimiter, or take columns out.",
        "Tệp có nhiều hơn {max} cột. Hãy kiểm tra dấu phân cách hoặc bớt cột.",
    ),
    Problem(
        "FILE_DAMAGED", 422, "Damaged file", "Tệp bị hỏng",
        "The file is not whole, or not what it says it is. Save or export it again.",
        "Tệp không đầy đủ hoặc không đúng với định dạng của nó. Hãy lưu hoặc xuất lại.",
    ),
    Problem(
        "FILE_CUT_SHORT", 422, "File cut short", "Tệp bị cắt cụt",
        "The file ends in the middle of its compressed data or of its list. Export or upload it again.",
        "Tệp kết thúc giữa chừng dữ liệu nén hoặc giữa danh sách. Hãy xuất hoặc tải tệp lên lại.",
    ),
    Problem(
        "FILE_ENCRYPTED", 422, "Encrypted file", "Tệp được đặt mật khẩu",
        "The workbook has a password. Save it without one.",
        "Bảng tính có mật khẩu. Hãy lưu lại không có mật khẩu.",
    ),
    Problem(
        "FILE_MACROS", 422, "Workbook with macros", "Bảng tính có macro",
        "Workbooks with macros are not opened. Save it as one without (xlsx).",
        "Không mở bảng tính có macro. Hãy lưu lại dạng không có macro (xlsx).",
    ),
    Problem(
        "FILE_DOCTYPE", 422, "Document type in a workbook", "Bảng tính chứa khai báo DOCTYPE",
        "The workbook's XML declares a document type, which no spreadsheet program writes. Save it again.",
        "XML của bảng tính có khai báo DOCTYPE, điều không phần mềm bảng tính nào tạo ra. Hãy lưu lại.",
    ),
    Problem(
        "FILE_SWELLS", 422, "File swells", "Tệp giải nén quá lớn",
        "Decompressed, the file or a part of it has more than {limit} bytes. Split it.",
        "Sau khi giải nén, tệp hoặc một phần của tệp lớn hơn {limit} byte. Hãy chia nhỏ tệp.",
    ),
    Problem(
        "FILE_TOO_COMPLEX", 422, "File too complex", "Tệp quá phức tạp",
        "The file has more parts, deeper nesting or larger pieces than are read. Export the data plainly.",
        "Tệp có nhiều thành phần, lồng quá sâu hoặc có phần quá lớn nên không đọc được. Hãy xuất dữ liệu ở dạng đơn giản.",
    ),
    Problem(
        "FILE_TOO_LARGE_FOR_FORMAT", 422, "Too large for its format", "Quá lớn so với định dạng",
        "Files of format {format} are read up to {limit} bytes. Export the data as CSV, NDJSON or XLSX.",
        "Tệp định dạng {format} chỉ được đọc tối đa {limit} byte. Hãy xuất dữ liệu thành CSV, NDJSON hoặc XLSX.",
    ),
    Problem(
        "FILE_NEEDS_TOO_MUCH", 422, "Needs too much memory or time", "Cần quá nhiều bộ nhớ hoặc thời gian",
        "To read the file takes more memory or time than one file may. A sheet with cells far apart does; clear them, or export CSV.",
        "Đọc tệp cần nhiều bộ nhớ hoặc thời gian hơn mức cho phép. Trang tính có các ô nằm quá xa nhau gây ra điều này; hãy xóa các ô đó hoặc xuất CSV.",
    ),
    Problem(
        "FILE_ARCHIVE", 422, "Archive", "Tệp nén chứa tệp khác",
        "The file is an archive, or is compressed more than once. Unpack it and upload what is in it.",
        "Tệp là tệp lưu trữ hoặc được nén nhiều lần. Hãy giải nén và tải lên tệp bên trong.",
    ),
    Problem(
        "FILE_ZSTD_WINDOW", 422, "Window too large", "Cửa sổ nén quá lớn",
        "The zstd frame needs a window of more than {limit} bytes. Compress without --long or --ultra.",
        "Khung zstd cần cửa sổ lớn hơn {limit} byte. Hãy nén không dùng --long hoặc --ultra.",
    ),
    Problem(
        "FILE_FORMAT_UNKNOWN", 422, "Unknown format", "Định dạng không xác định",
        "The file is of no format that is read; GET /api/v1/formats lists them.",
        "Tệp không thuộc định dạng nào đọc được; GET /api/v1/formats liệt kê các định dạng.",
    ),
    Problem(
        "FORMAT_NOT_INSTALLED", 422, "Format not installed", "Định dạng chưa được cài đặt",
        "This installation lacks what reads the format {format}.",
        "Bản cài đặt này thiếu thành phần đọc định dạng {format}.",
    ),
    Problem(
        "ENCODING_UNKNOWN", 422, "Unknown encoding", "Bảng mã không xác định",
        "The encoding is not one that is read. JSON and YAML are read in UTF-8 alone.",
        "Bảng mã này không được hỗ trợ. JSON và YAML chỉ được đọc theo UTF-8.",
    ),
    Problem(
        "DELIMITER_INVALID", 422, "Invalid delimiter", "Dấu phân cách không hợp lệ",
        "The delimiter must be one character, and neither a quote nor a line end.",
        "Dấu phân cách phải là một ký tự, không phải dấu nháy hay ký tự xuống dòng.",
    ),
    Problem(
        "SHEET_UNKNOWN", 422, "No such sheet", "Không có trang tính này",
        "The file has no such sheet, or no records of this kind. It has: {known}.",
        "Tệp không có trang tính này hoặc không có bản ghi loại này. Tệp có: {known}.",
    ),
)  # fmt: skip

ROWS = (
    RecordError("ENCODING", "The row has bytes that are no text in the file's encoding.", "Dòng có byte không phải văn bản theo bảng mã của tệp."),
    RecordError("QUOTE_UNCLOSED", "A quote is opened and never closed.", "Dấu nháy được mở nhưng không đóng."),
    RecordError("QUOTE_MISPLACED", "A quote stands where none may: within a quoted cell it is doubled.", "Dấu nháy đặt sai chỗ: trong ô có dấu nháy phải viết dấu nháy hai lần."),
    RecordError("RECORD_TOO_LONG", "The row is longer than a record may be: 1 MiB.", "Dòng dài quá mức cho phép của một bản ghi: 1 MiB."),
    RecordError("JSON_MALFORMED", "The row is no valid JSON.", "Dòng không phải JSON hợp lệ."),
    RecordError("JSON_NOT_OBJECT", "The row is no JSON object.", "Dòng không phải đối tượng JSON."),
    RecordError("JSON_MEMBER_REPEATED", "The row has a member more than once.", "Dòng có một thành phần bị lặp lại."),
    RecordError("FINDING_UNREADABLE", "A finding of the scanner is not of the form that its format has.", "Một phát hiện của trình quét không đúng cấu trúc của định dạng."),
    RecordError("JSON_MEMBER_UNKNOWN", "The row has a member that the rows at the file's beginning do not have. Put such a row first, or load it in a file of its own.", "Dòng có thành phần mà các dòng đầu tệp không có. Hãy đưa dòng đó lên đầu hoặc nạp trong tệp riêng."),
)  # fmt: skip
