"""What the API says of a mapping: why a column becomes a field, and what does not fit."""

from libs.contracts.texts.text import Text

MAPPINGS = {
    "MAPPED_BY_EXACT": Text("The column has the field's own name", "Cột có đúng tên của trường"),
    "MAPPED_BY_SYNONYM": Text("The column's name is another word for the field", "Tên cột là cách gọi khác của trường"),
    "MAPPED_BY_HISTORY": Text("Approved before for a column of this name", "Đã được duyệt trước đây cho cột cùng tên"),
    "MAPPED_BY_SIMILARITY": Text("The column's name is like the field's", "Tên cột gần giống tên trường"),
    "MAPPED_BY_SHAPE": Text("The column's values are those of the field", "Giá trị của cột là giá trị của trường"),
    "MAPPED_BY_AI": Text("The AI provider says so, from the column's name", "Nhà cung cấp AI đề xuất theo tên cột"),
    "MAPPED_BY_PERSON": Text("Somebody has set it", "Do người dùng đặt"),
    "NOT_MAPPED": Text("No field is like it", "Không có trường nào tương ứng"),
    # What is wrong with a mapping; part of the problem MAPPING_INVALID.
    "TARGET_UNKNOWN": Text(
        "There is no such field. Known are: {known}.", "Không có trường này. Các trường hiện có: {known}."
    ),
    "TARGET_TWICE": Text(
        "{target} is given by another column already; use join.", "{target} đã do cột khác cung cấp; hãy dùng join."
    ),
    "COLUMN_UNKNOWN": Text("The file has no column of this index.", "Tệp không có cột với chỉ số này."),
    "COLUMN_TWICE": Text("This column is named twice.", "Cột này được nêu hai lần."),
    "OPERATION_ORDER": Text(
        "{op} cannot take what the operation before it gives.", "{op} không nhận được kết quả của phép trước đó."
    ),
    "TOO_MANY_OPERATIONS": Text("A column has {most} operations at most.", "Mỗi cột có tối đa {most} phép biến đổi."),
    "SEPARATOR_UNFIT": Text("A separator has {most} characters at most.", "Dấu ngăn cách có tối đa {most} ký tự."),
    "TOO_MANY_JOINED": Text("{most} columns are joined at most.", "Chỉ nối được tối đa {most} cột."),
    "TOO_MANY_FORMATS": Text("{most} formats are tried at most.", "Chỉ thử được tối đa {most} định dạng."),
    "LIST_NEEDED": Text(
        "{target} is a list: use split or lookup.", "{target} là danh sách: hãy dùng split hoặc lookup."
    ),
    "DATE_FORMAT_UNFIT": Text(
        "No date can be read with this format; as in %d/%m/%Y.",
        "Không đọc được ngày theo định dạng này; ví dụ %d/%m/%Y.",
    ),
    "MAP_SIZE": Text("A value map has 1 to {most} entries.", "Bảng giá trị có từ 1 đến {most} mục."),
    "VALUE_UNFIT": Text("{target} cannot have this value.", "{target} không nhận giá trị này."),
    "CONSTANTS_TOO_LONG": Text(
        "Constants have {most} characters together at most.", "Các hằng số có tổng cộng tối đa {most} ký tự."
    ),
    "ENCODING_UNKNOWN": Text("There is no such encoding.", "Không có bảng mã này."),
    "DELIMITER_UNFIT": Text("A delimiter is one character.", "Dấu phân cách là một ký tự."),
    "HEADER_ROW_UNFIT": Text("The header is in row 1 to {most}.", "Dòng tiêu đề nằm từ dòng 1 đến {most}."),
    "FORMAT_UNKNOWN": Text("There is no such format.", "Không có định dạng này."),
    "SHEET_UNFIT": Text("A sheet's name has {most} characters at most.", "Tên trang tính có tối đa {most} ký tự."),
    "ENTITY_OR_FILE": Text(
        "Name an entity or another file, one of them.", "Hãy nêu entity hoặc một tệp khác, chỉ một trong hai."
    ),
    "ENTITY_UNKNOWN": Text("There is no such kind of record.", "Không có loại bản ghi này."),
    "MEMBER_UNKNOWN": Text("There is no such member.", "Không có thành phần này."),
    "MEMBER_UNFIT": Text("This member is of another type.", "Thành phần này sai kiểu."),
    "MEMBER_MISSING": Text("A member is missing.", "Thiếu thành phần bắt buộc."),
}
