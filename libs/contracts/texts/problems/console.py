"""The console and its streams: what is refused there."""

from libs.contracts.texts.problems.shapes import Problem

CONSOLE = (
    Problem(
        "PAGE_NOT_FOUND", 404, "Page not found", "Không tìm thấy trang",
        "There is no page at this address.",
        "Không có trang nào tại địa chỉ này.",
    ),
    Problem(
        "FIELD_UNFIT", 400, "Invalid field", "Trường không hợp lệ",
        "A field may hold {limit} characters in one line, and be given once.",
        "Mỗi trường chứa tối đa {limit} ký tự trên một dòng và chỉ được gửi một lần.",
    ),
    Problem(
        "REASON_NEEDED", 422, "Reason needed", "Cần nêu lý do",
        "Say why: the reason is kept in the audit trail.",
        "Hãy nêu lý do: lý do được lưu trong nhật ký kiểm toán.",
    ),
    Problem(
        "NOTHING_CHOSEN", 422, "Nothing chosen", "Chưa chọn mục nào",
        "Choose 1 to {limit} jobs first.",
        "Hãy chọn từ 1 đến {limit} tác vụ trước.",
    ),
    Problem(
        "NO_FILE_CHOSEN", 422, "No file chosen", "Chưa chọn tệp",
        "Choose a file first.",
        "Hãy chọn tệp trước.",
    ),
    Problem(
        "FILES_CHOSEN", 422, "No files chosen", "Chưa chọn tệp",
        "Choose 1 to {limit} files first.",
        "Hãy chọn từ 1 đến {limit} tệp trước.",
    ),
    Problem(
        "FILE_NOT_LOOKED_AT", 409, "Not analysed yet", "Tệp chưa được phân tích",
        "The file has to be looked at first, and somebody has to agree to its encoding where that is not certain.",
        "Cần phân tích tệp trước, và xác nhận bảng mã nếu chưa chắc chắn.",
    ),
    Problem(
        "FILE_NOT_MAPPED", 409, "Not mapped yet", "Tệp chưa có ánh xạ",
        "{name} cannot be loaded like this: it has no such approved mapping, and its columns have other names than the fields.",
        "Không nạp được {name} theo cách này: tệp không có ánh xạ đã duyệt tương ứng và tên cột khác tên trường.",
    ),
    Problem(
        "SOURCE_UNFIT", 422, "Cannot be read like this", "Không đọc được theo cách này",
        "An encoding is one of the list, a delimiter one character, the header in row 1 to 9,999.",
        "Bảng mã phải có trong danh sách, dấu phân cách là một ký tự, dòng tiêu đề từ 1 đến 9.999.",
    ),
    Problem(
        "FOREIGN_REQUEST", 403, "Request from another site", "Yêu cầu từ trang khác",
        "This request does not come from a page of this console.",
        "Yêu cầu này không đến từ trang của bảng điều khiển này.",
    ),
    Problem(
        "SIGN_IN_NEEDED", 401, "Sign-in needed", "Cần đăng nhập",
        "Sign in first; a session ends after a while without use.",
        "Hãy đăng nhập; phiên sẽ kết thúc sau một thời gian không sử dụng.",
    ),
    Problem(
        "LINK_SPENT", 403, "Link no longer valid", "Liên kết không còn hiệu lực",
        "This link was used already, or is too old. Make another: sluice sign-in",
        "Liên kết này đã được dùng hoặc đã quá hạn. Hãy tạo liên kết khác: sluice sign-in",
    ),
    Problem(
        "RIGHT_LACKING", 403, "Not allowed", "Không có quyền",
        "This takes the scope {scope}, which your sign-in does not have.",
        "Việc này cần quyền {scope}, tài khoản đang đăng nhập không có.",
    ),
    Problem(
        "PAGE_STALE", 412, "The job has changed", "Tác vụ đã thay đổi",
        "The job was in another state when this page was made. Nothing was done; this is what is true now.",
        "Tác vụ đã ở trạng thái khác so với khi trang được tạo. Chưa có gì được thực hiện; dưới đây là hiện trạng.",
    ),
    Problem(
        "MENDED_ALREADY", 409, "Sent again already", "Đã được gửi lại",
        "Some of these records were sent again meanwhile, in another batch. Nothing was sent; look at the job again.",
        "Một số bản ghi này đã được gửi lại trong một lô khác. Chưa gửi gì; hãy xem lại tác vụ.",
    ),
    Problem(
        "SEAL_BROKEN", 403, "Not confirmed here", "Xác nhận không hợp lệ",
        "What is confirmed was not asked in this session. Go back to the list and begin again.",
        "Nội dung xác nhận không thuộc phiên này. Hãy quay lại danh sách và làm lại từ đầu.",
    ),
    Problem(
        "SEAL_OLD", 412, "Asked too long ago", "Xác nhận đã quá hạn",
        "This was asked more than {minutes} minutes ago. Nothing was done; this is what is true now.",
        "Câu hỏi này đã quá {minutes} phút. Chưa có gì được thực hiện; dưới đây là hiện trạng.",
    ),
    Problem(
        "FILTER_UNKNOWN", 400, "Unknown filter", "Bộ lọc không tồn tại",
        "The filter {name} has no such value; without it more jobs would match than you have named.",
        "Bộ lọc {name} không có giá trị này; nếu bỏ qua, số tác vụ khớp sẽ nhiều hơn bạn muốn.",
    ),
    Problem(
        "STREAMS_OF_TENANT", 429, "Too many streams", "Quá nhiều luồng",
        "The tenant has {limit} live streams open, which is all it may have. Close one.",
        "Đơn vị đang mở {limit} luồng trực tiếp, mức tối đa. Hãy đóng bớt.",
        retryable=True,
    ),
    Problem(
        "STREAMS_FULL", 503, "Too many streams", "Quá nhiều luồng",
        "This process has as many live streams as it can hold. Try again shortly.",
        "Tiến trình này đã đạt số luồng trực tiếp tối đa. Hãy thử lại sau.",
        retryable=True,
    ),
    Problem(
        "CONSOLE_BUSY", 503, "Console busy", "Bảng điều khiển đang bận",
        "Too many requests wait for the stores. Try again shortly.",
        "Quá nhiều yêu cầu đang chờ. Hãy thử lại sau.",
        retryable=True,
    ),
)  # fmt: skip
