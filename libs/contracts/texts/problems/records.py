"""What can be wrong with one record."""

from libs.contracts.texts.problems.shapes import RecordError

RECORDS = (
    RecordError("RECORD_MALFORMED", "The record is not valid JSON in UTF-8, or is nested too deeply.", "Bản ghi không phải JSON hợp lệ mã hóa UTF-8, hoặc lồng nhau quá sâu."),
    RecordError("RECORD_NOT_OBJECT", "A record must be a JSON object.", "Bản ghi phải là một đối tượng JSON."),
    RecordError("UNKNOWN_MEMBER", "This kind of record has no such member.", "Loại bản ghi này không có thành phần đó."),
    RecordError("REQUIRED", "This member is required and may not be blank.", "Thành phần này là bắt buộc và không được để trống."),
    RecordError("EXPECTED_TEXT", "Must be text.", "Phải là chuỗi ký tự."),
    RecordError("EXPECTED_INTEGER", "Must be a whole number.", "Phải là số nguyên."),
    RecordError("EXPECTED_BOOLEAN", "Must be true or false.", "Phải là true hoặc false."),
    RecordError("EXPECTED_LIST", "Must be a list.", "Phải là một danh sách."),
    RecordError("EXPECTED_UUID", "Must be a UUID.", "Phải là một UUID."),
    RecordError("EXPECTED_DATE", "Must be a date, YYYY-MM-DD.", "Phải là ngày dạng YYYY-MM-DD."),
    RecordError("TOO_LONG", "Must have {max} characters at most.", "Chỉ được có tối đa {max} ký tự."),
    RecordError("TOO_MANY_ITEMS", "Must have {max} items at most.", "Chỉ được có tối đa {max} phần tử."),
    RecordError("TOO_MANY_MARKS", "Must not have more than {max} combining marks in a row.", "Không được có quá {max} dấu kết hợp liền nhau."),
    RecordError("NUL_CHARACTER", "Must not contain the NUL character.", "Không được chứa ký tự NUL."),
    RecordError("OUT_OF_RANGE", "Must be between {min} and {max}.", "Phải nằm trong khoảng từ {min} đến {max}."),
    RecordError("UNKNOWN_VALUE", "Must be one of: {allowed}.", "Phải là một trong: {allowed}."),
    RecordError("COUNTRY_UNKNOWN", "Must be a country code of ISO 3166-1 alpha-2, in capitals.", "Phải là mã quốc gia ISO 3166-1 alpha-2, viết hoa."),
    RecordError(
        "LEGAL_BASIS_UNKNOWN",
        'No legal basis under Law 91/2025/QH15. Allowed: {allowed}. This law has no "legitimate interest".',
        'Không phải căn cứ pháp lý theo Luật 91/2025/QH15. Cho phép: {allowed}. Luật này không có căn cứ "lợi ích hợp pháp" (legitimate interest).',
    ),
    RecordError("MORE_ERRORS", "The record has {count} more errors, which are not listed.", "Bản ghi còn {count} lỗi khác không được liệt kê."),
    RecordError("DUPLICATE_ID", "Another record of this batch has the same id.", "Một bản ghi khác trong lô có cùng mã định danh."),
    RecordError("DUPLICATE_EXTERNAL_ID", "Another record of this batch has the same external_id.", "Một bản ghi khác trong lô có cùng external_id."),
    RecordError("REFERENCE_UNKNOWN", "This tenant has no {target} with this id. Post it first.", "Đơn vị này không có {target} với mã này. Hãy gửi bản ghi đó trước."),
    RecordError("EXTERNAL_ID_UNKNOWN", "This tenant has no {target} with this external_id. Post it first.", "Đơn vị này không có {target} với external_id này. Hãy gửi bản ghi đó trước."),
    RecordError("ID_EXISTS", "A record with this id exists already. Use mode=ignore or mode=upsert.", "Đã có bản ghi với mã này. Hãy dùng mode=ignore hoặc mode=upsert."),
    RecordError("EXTERNAL_ID_EXISTS", "A record with this external_id exists already. Use mode=ignore or mode=upsert.", "Đã có bản ghi với external_id này. Hãy dùng mode=ignore hoặc mode=upsert."),
    RecordError("EXTERNAL_ID_TAKEN", "Another record has this external_id already.", "Một bản ghi khác đã dùng external_id này."),
    RecordError("WRITE_REFUSED", "PostgreSQL refuses the record (SQLSTATE {sqlstate}).", "PostgreSQL từ chối bản ghi (SQLSTATE {sqlstate})."),
    RecordError("WRITER_CRASHED", "The writer stopped each time it handled this record, so the record was set aside.", "Tiến trình ghi dừng đột ngột mỗi lần xử lý bản ghi này nên bản ghi bị tách ra."),
    RecordError("WRITE_FAILED", "The record's chunk could not be written (SQLSTATE {sqlstate}). The job's retry link tries again.", "Không ghi được phần dữ liệu chứa bản ghi (SQLSTATE {sqlstate}). Liên kết retry của tác vụ sẽ thử lại."),
)  # fmt: skip
