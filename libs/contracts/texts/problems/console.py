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
        "OIDC_AWAY", 503, "Sign-in service away", "Dịch vụ đăng nhập không phản hồi",
        "The sign-in service does not answer as it should. Try again shortly, or sign in with a token.",
        "Dịch vụ đăng nhập không phản hồi đúng. Hãy thử lại sau, hoặc đăng nhập bằng mã truy cập.",
        retryable=True,
    ),
    Problem(
        "OIDC_REFUSED", 403, "Sign-in refused", "Đăng nhập bị từ chối",
        "The sign-in service has not let you in.",
        "Dịch vụ đăng nhập đã không cho phép đăng nhập.",
    ),
    Problem(
        "OIDC_STATE", 403, "Sign-in out of date", "Lượt đăng nhập không còn hiệu lực",
        "This sign-in was begun in another browser, or too long ago. Begin again.",
        "Lượt đăng nhập này được bắt đầu ở trình duyệt khác hoặc đã quá lâu. Hãy bắt đầu lại.",
    ),
    Problem(
        "OIDC_UNTRUSTED", 403, "Sign-in not trusted", "Không tin cậy được lượt đăng nhập",
        "The answer of the sign-in service fails a check ({check}). Begin again; if that does not help, tell whoever runs the console.",
        "Câu trả lời của dịch vụ đăng nhập không qua được kiểm tra ({check}). Hãy bắt đầu lại; nếu không được, hãy báo người quản trị.",
    ),
    Problem(
        "IDENTITY_UNUSABLE", 403, "Identity incomplete", "Thông tin đăng nhập chưa đủ",
        "Who signs in must be told in {place}: it is missing, or of no use. Tell whoever runs the console.",
        "Thông tin về người đăng nhập phải có trong {place}: hiện bị thiếu hoặc không dùng được. Hãy báo người quản trị.",
    ),
    Problem(
        "ROLE_UNKNOWN", 403, "No role here", "Chưa có vai trò",
        "You have no role in this console. It takes one of: {roles}.",
        "Bạn chưa có vai trò nào trong bảng điều khiển này. Cần một trong: {roles}.",
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
