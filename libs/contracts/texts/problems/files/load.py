"""Loads: why one fails."""

from libs.contracts.texts.problems.shapes import Problem

LOADS = (
    Problem(
        "FILE_CHANGED", 409, "File changed", "Tệp đã thay đổi",
        "The file is not the one that the load began with. Load it anew.",
        "Tệp không còn là tệp lúc bắt đầu nạp. Hãy nạp lại từ đầu.",
    ),
    Problem(
        "READER_CHANGED", 409, "Read differently now", "Cách đọc tệp đã thay đổi",
        "The load began with another version of the processor, which may read rows differently. Load the file anew, with mode=ignore or mode=upsert.",
        "Việc nạp đã bắt đầu với phiên bản bộ xử lý khác, có thể đọc các dòng khác đi. Hãy nạp lại tệp với mode=ignore hoặc mode=upsert.",
    ),
    Problem(
        "MAPPING_NEEDED", 422, "Mapping needed", "Cần ánh xạ cột",
        "Column {column} has no field's own name, or one that another column has. Make a mapping, approve it, and name it by mapping_id.",
        "Cột {column} không mang tên của một trường, hoặc trùng tên với cột khác. Hãy tạo ánh xạ, duyệt, rồi nêu bằng mapping_id.",
    ),
    Problem(
        "MAPPING_OTHER_COLUMNS", 422, "Mapping of other columns", "Ánh xạ cho các cột khác",
        "The mapping expects another name in column {column} of the file.",
        "Ánh xạ cần một tên khác ở cột {column} của tệp.",
    ),
    Problem(
        "ENCODING_UNSURE", 422, "Encoding not certain", "Chưa chắc chắn về bảng mã",
        "How the file's text is encoded is not certain. Look at the preview of a mapping, and approve it with its encoding.",
        "Chưa chắc chắn về bảng mã của tệp. Hãy xem thử một ánh xạ và duyệt kèm bảng mã.",
    ),
    Problem(
        "NO_ROW_LOADED", 422, "No row could be loaded", "Không nạp được dòng nào",
        "Every row of the file was rejected. The errors link says why.",
        "Mọi dòng của tệp đều bị từ chối. Xem lý do ở liên kết errors.",
    ),
    Problem(
        "LOAD_INCOMPLETE", 503, "Not all rows were loaded", "Chưa nạp hết các dòng",
        "Of the rows, {failed} could not be written for a reason outside of them, and {cancelled} were cancelled. The retry link tries these again.",
        "Có {failed} dòng không ghi được vì lý do bên ngoài và {cancelled} dòng bị hủy. Liên kết retry sẽ thử lại các dòng này.",
    ),
)  # fmt: skip
