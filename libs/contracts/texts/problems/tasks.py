"""Tasks: what is refused when one is asked for or steered, and why one fails."""

from libs.contracts.texts.problems.shapes import Problem

TASKS = (
    Problem(
        "TASK_TYPE_NOT_FOUND", 404, "Unknown type", "Loại tác vụ không tồn tại",
        "There is no such type of task. Known are: {known}.",
        "Không có loại tác vụ này. Các loại hiện có: {known}.",
    ),
    Problem(
        "TASK_PARAMETERS", 422, "Invalid parameters", "Tham số tác vụ không hợp lệ",
        "The parameters are not those of this type; see `pointer`. {reason}",
        "Tham số không đúng với loại tác vụ này; xem `pointer`. {reason_vi}",
    ),
    Problem(
        "TENANT_TASKS", 429, "Too many open jobs", "Quá nhiều tác vụ đang mở",
        "This tenant has {limit} jobs of these types that have not ended. Wait for some, or cancel some.",
        "Đơn vị này đang có {limit} tác vụ thuộc các loại này chưa kết thúc. Hãy chờ hoặc hủy bớt.",
        retryable=True,
    ),
    Problem(
        "REASON_UNFIT", 422, "Invalid reason", "Lý do không hợp lệ",
        'The body is an object with the one member "reason": one line of {limit} characters at most. It may be left out.',
        'Nội dung là một đối tượng có đúng một thành phần "reason": một dòng tối đa {limit} ký tự. Có thể bỏ qua.',
    ),
    Problem(
        "BULK_MORE", 409, "More jobs than expected", "Nhiều tác vụ hơn dự kiến",
        "More than the {expected} jobs that were expected match by now. Nothing was done. Look again.",
        "Hiện có nhiều hơn {expected} tác vụ khớp, vượt số dự kiến. Chưa có gì được thực hiện. Hãy xem lại.",
    ),
    Problem(
        "TASK_CRASHED", 503, "Processors died", "Bộ xử lý bị dừng đột ngột",
        "Several processors in a row died with this task in hand.",
        "Nhiều bộ xử lý liên tiếp bị dừng khi đang chạy tác vụ này.",
    ),
    Problem(
        "TASK_TYPE_UNKNOWN", 503, "Type not supported", "Loại tác vụ chưa được hỗ trợ",
        "No processor that runs knows this type. Retry the job once processors of its version run.",
        "Không có bộ xử lý nào đang chạy biết loại tác vụ này. Hãy chạy lại khi có bộ xử lý cùng phiên bản.",
    ),
    Problem(
        "PACKAGE_UNWRITABLE", 422, "File cannot be made", "Không lập được tệp",
        "The {format} file needs more memory or time than it may take. Ask for the workbook, or for fewer columns.",
        "Tệp {format} cần nhiều bộ nhớ hoặc thời gian hơn mức cho phép. Hãy chọn bảng tính, hoặc bớt cột.",
    ),
)  # fmt: skip
