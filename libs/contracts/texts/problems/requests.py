"""Requests that the server refuses, whatever they are about."""

from libs.contracts.texts.problems.shapes import Problem

REQUESTS = (
    Problem(
        "MALFORMED_BODY", 400, "Malformed body", "Nội dung không đúng định dạng",
        "The body is not valid {format}. Check the syntax, the UTF-8 encoding and the nesting depth.",
        "Nội dung không phải là {format} hợp lệ. Hãy kiểm tra cú pháp, mã hóa UTF-8 và độ sâu lồng nhau.",
    ),
    Problem(
        "BODY_SHAPE", 400, "Unexpected body", "Cấu trúc nội dung không đúng",
        'The body must be an object with the one member "{member}", a list of records.',
        'Nội dung phải là một đối tượng có đúng một thành phần "{member}" là danh sách bản ghi.',
    ),
    Problem(
        "MEMBER_REPEATED", 400, "Repeated member", "Thành phần bị lặp lại",
        'The body has its member "{member}" more than once. Put all records into one list.',
        'Nội dung có thành phần "{member}" nhiều hơn một lần. Hãy đặt mọi bản ghi vào một danh sách.',
    ),
    Problem(
        "BODY_INCOMPLETE", 400, "Incomplete body", "Nội dung chưa đầy đủ",
        "The body ended before its announced length. Send the batch again.",
        "Nội dung kết thúc trước độ dài đã khai báo. Hãy gửi lại lô dữ liệu.",
        retryable=True,
    ),
    Problem(
        "BAD_COMPRESSION", 400, "Corrupt compression", "Dữ liệu nén bị hỏng",
        "The body cannot be decompressed as {encoding}. Compress it again or send it uncompressed.",
        "Không giải nén được nội dung theo {encoding}. Hãy nén lại hoặc gửi không nén.",
    ),
    Problem(
        "ZSTD_WINDOW", 400, "Window too large", "Cửa sổ nén quá lớn",
        "The zstd frame needs a window of more than {limit} bytes (RFC 9659). Compress without --long or --ultra.",
        "Khung zstd cần cửa sổ lớn hơn {limit} byte (RFC 9659). Hãy nén không dùng --long hoặc --ultra.",
    ),
    Problem(
        "BAD_PARAMETER", 400, "Invalid parameter", "Tham số không hợp lệ",
        'Parameter "{name}" is not valid. Allowed: {allowed}.',
        'Tham số "{name}" không hợp lệ. Giá trị cho phép: {allowed}.',
    ),
    Problem(
        "BAD_IDEMPOTENCY_KEY", 400, "Invalid Idempotency-Key", "Idempotency-Key không hợp lệ",
        "Idempotency-Key must be 1 to 255 printable ASCII characters.",
        "Idempotency-Key phải gồm từ 1 đến 255 ký tự ASCII in được.",
    ),
    Problem(
        "BAD_REQUEST", 400, "Malformed request", "Yêu cầu không đúng định dạng",
        "The request line, a header or the query string is malformed.",
        "Dòng yêu cầu, tiêu đề hoặc chuỗi truy vấn không đúng định dạng.",
    ),
    Problem(
        "HOST_REQUIRED", 400, "Host required", "Thiếu tiêu đề Host",
        "A request of HTTP/1.1 needs a Host header that names a host.",
        "Yêu cầu HTTP/1.1 phải có tiêu đề Host với tên máy chủ hợp lệ.",
    ),
    Problem(
        "REPEATED_HEADER", 400, "Repeated header", "Tiêu đề bị lặp",
        "Header {name} may be sent once only.",
        "Tiêu đề {name} chỉ được gửi một lần.",
    ),
    Problem(
        "UNAUTHENTICATED", 401, "Authentication required", "Cần xác thực",
        "A valid bearer token is required: signed by a trusted key, not expired, with iss, aud, exp, sub and tenant.",
        "Cần mã truy cập hợp lệ: được ký bằng khóa tin cậy, còn hạn, có iss, aud, exp, sub và tenant.",
    ),
    Problem(
        "WRONG_TENANT", 403, "Wrong tenant", "Sai đơn vị",
        "The token does not belong to the tenant in the URL.",
        "Mã truy cập không thuộc đơn vị trong URL.",
    ),
    Problem(
        "WRONG_SCOPE", 403, "Missing scope", "Thiếu quyền",
        'The token lacks the scope "{scope}".',
        'Mã truy cập thiếu quyền "{scope}".',
    ),
    Problem(
        "NOT_FOUND", 404, "Not found", "Không tìm thấy",
        "There is nothing at this address. GET /openapi.json lists every path.",
        "Không có gì tại địa chỉ này. GET /openapi.json liệt kê mọi đường dẫn.",
    ),
    Problem(
        "JOB_NOT_FOUND", 404, "Job not found", "Không tìm thấy tác vụ",
        "This tenant has no such job.",
        "Đơn vị này không có tác vụ đó.",
    ),
    Problem(
        "METHOD_NOT_ALLOWED", 405, "Method not allowed", "Phương thức không được phép",
        "This address does not answer that method. The Allow header lists those it answers.",
        "Địa chỉ này không hỗ trợ phương thức đó. Tiêu đề Allow liệt kê các phương thức được hỗ trợ.",
    ),
    Problem(
        "NOT_ACCEPTABLE", 406, "Not acceptable", "Không đáp ứng được Accept",
        "None of the media types in Accept can be produced. Available: {available}.",
        "Không tạo được kiểu nội dung nào trong Accept. Có thể dùng: {available}.",
    ),
    Problem(
        "BODY_TIMEOUT", 408, "Body too slow", "Gửi nội dung quá chậm",
        "The body did not arrive in time: at least {rate} bytes a second, {seconds} seconds at most.",
        "Nội dung đến quá chậm: tối thiểu {rate} byte mỗi giây, tối đa {seconds} giây.",
        retryable=True,
    ),
    Problem(
        "JOB_STATE", 409, "Wrong job state", "Trạng thái tác vụ không phù hợp",
        'The job is "{status}": {reason}.',
        'Tác vụ đang ở trạng thái "{status_vi}": {reason_vi}.',
    ),
    Problem(
        "JOB_CANCELLED", 409, "Job cancelled", "Tác vụ đã bị hủy",
        "The job was cancelled before any record was written.",
        "Tác vụ đã bị hủy trước khi ghi bản ghi nào.",
    ),
    Problem(
        "LENGTH_REQUIRED", 411, "Length required", "Cần độ dài nội dung",
        "Send Content-Length or Transfer-Encoding: chunked.",
        "Hãy gửi Content-Length hoặc Transfer-Encoding: chunked.",
    ),
    Problem(
        "BODY_TOO_LARGE", 413, "Body too large", "Nội dung quá lớn",
        "The body is larger than {limit} bytes once decompressed. Split the batch.",
        "Nội dung sau giải nén lớn hơn {limit} byte. Hãy chia nhỏ lô dữ liệu.",
    ),
    Problem(
        "TOO_MANY_RECORDS", 413, "Too many records", "Quá nhiều bản ghi",
        "A request may hold {limit} records at most. Split the batch.",
        "Mỗi yêu cầu có tối đa {limit} bản ghi. Hãy chia nhỏ lô dữ liệu.",
    ),
    Problem(
        "TOO_MANY_NAMES", 413, "Too many links", "Quá nhiều liên kết",
        "The lists of external ids of one batch may hold {limit} together. Split the batch.",
        "Các danh sách external_id của một lô chỉ được có tổng cộng {limit} phần tử. Hãy chia nhỏ lô dữ liệu.",
    ),
    Problem(
        "URI_TOO_LONG", 414, "Address too long", "Địa chỉ quá dài",
        "The request line is too long.",
        "Dòng yêu cầu quá dài.",
    ),
    Problem(
        "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type", "Kiểu nội dung không được hỗ trợ",
        "Send application/json or application/x-ndjson, in UTF-8.",
        "Hãy gửi application/json hoặc application/x-ndjson, mã hóa UTF-8.",
    ),
    Problem(
        "UNSUPPORTED_ENCODING", 415, "Unsupported encoding", "Kiểu nén không được hỗ trợ",
        "Content-Encoding may be gzip or zstd; Transfer-Encoding may be chunked alone.",
        "Content-Encoding có thể là gzip hoặc zstd; Transfer-Encoding chỉ có thể là chunked.",
    ),
    Problem(
        "EXPECTATION_FAILED", 417, "Expectation not met", "Không đáp ứng được Expect",
        "The only expectation that can be met is 100-continue.",
        "Chỉ có thể đáp ứng Expect: 100-continue.",
    ),
    Problem(
        "EMPTY_BATCH", 422, "Empty batch", "Lô dữ liệu trống",
        "The batch holds no record. Send between 1 and {limit}.",
        "Lô dữ liệu không có bản ghi nào. Hãy gửi từ 1 đến {limit} bản ghi.",
    ),
    Problem(
        "NO_VALID_RECORD", 422, "No valid record", "Không có bản ghi hợp lệ",
        "No record of the batch could be written. Every record's error says what to mend.",
        "Không ghi được bản ghi nào của lô. Lỗi của từng bản ghi cho biết cần sửa gì.",
    ),
    Problem(
        "BATCH_ABORTED", 422, "Batch aborted", "Lô dữ liệu bị hủy bỏ",
        "on_error=abort: some records are not valid, so nothing was written.",
        "on_error=abort: có bản ghi không hợp lệ nên không ghi bản ghi nào.",
    ),
    Problem(
        "IDEMPOTENCY_MISMATCH", 422, "Idempotency-Key reused", "Idempotency-Key đã dùng",
        "This Idempotency-Key was used for another request. Use a new key for new content.",
        "Idempotency-Key này đã dùng cho một yêu cầu khác. Hãy dùng khóa mới cho nội dung mới.",
    ),
    Problem(
        "TENANT_BACKLOG", 429, "Tenant over its share", "Đơn vị vượt hạn mức",
        "This tenant's batches that wait to be written count for more than its {limit} bytes. Writing them makes room. Send again after Retry-After seconds.",
        "Các lô đang chờ ghi của đơn vị này vượt hạn mức {limit} byte. Khi được ghi xong, chúng nhường chỗ. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "TENANT_RETAINED", 429, "Tenant keeps too much", "Đơn vị lưu giữ quá nhiều",
        "What is kept of this tenant's ended jobs (failed chunks for a retry, results, Idempotency-Keys) is more than its {limit} bytes. Retrying failed jobs makes room at once, time does by itself. Send again after Retry-After seconds.",
        "Phần lưu giữ từ các tác vụ đã kết thúc của đơn vị này (phần lỗi chờ thử lại, kết quả, Idempotency-Key) vượt hạn mức {limit} byte. Thử lại các tác vụ lỗi sẽ có chỗ ngay, nếu không thì chỗ trống dần theo thời gian. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "HEAD_TOO_LARGE", 431, "Headers too large", "Tiêu đề quá lớn",
        "The request's headers are too many or too long.",
        "Yêu cầu có quá nhiều tiêu đề hoặc tiêu đề quá dài.",
    ),
    Problem(
        "INTERNAL", 500, "Internal error", "Lỗi hệ thống",
        "Something went wrong on our side. Report the request_id.",
        "Hệ thống gặp sự cố. Hãy báo lại mã request_id.",
    ),
    Problem(
        "TRANSFER_CODING_UNKNOWN", 501, "Unknown transfer coding", "Transfer-Encoding không được hỗ trợ",
        "Transfer-Encoding may be chunked alone.",
        "Transfer-Encoding chỉ có thể là chunked.",
    ),
    Problem(
        "BACKLOG", 503, "Backlog full", "Hàng đợi đã đầy",
        "The batches of all tenants that wait to be written count for more than {limit} bytes. Writing them makes room. Send again after Retry-After seconds.",
        "Các lô đang chờ ghi của mọi đơn vị vượt hạn mức {limit} byte. Khi được ghi xong, chúng nhường chỗ. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "QUEUE_FULL", 503, "Queue memory full", "Bộ nhớ hàng đợi đã đầy",
        "Redis has used the {percent} percent of its memory that batches may take. Writing what waits makes room, and so does the end of what is kept. Send again after Retry-After seconds.",
        "Redis đã dùng hết {percent} phần trăm bộ nhớ dành cho các lô. Ghi xong dữ liệu đang chờ hoặc hết hạn lưu giữ sẽ có chỗ trống. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "BUSY", 503, "Too many bodies at once", "Quá nhiều yêu cầu cùng lúc",
        "This instance is reading too many large bodies at once. Send again after Retry-After seconds.",
        "Tiến trình này đang đọc quá nhiều nội dung lớn cùng lúc. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "TOO_MANY_STREAMS", 503, "Too many downloads at once", "Quá nhiều lượt tải cùng lúc",
        "Too many long answers are being sent at once. Ask again after Retry-After seconds.",
        "Đang gửi quá nhiều nội dung dài cùng lúc. Hãy yêu cầu lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "QUEUE_UNAVAILABLE", 503, "Queue unavailable", "Hàng đợi không sẵn sàng",
        "Redis does not answer, so nothing can be promised. Send again after Retry-After seconds.",
        "Redis không phản hồi nên chưa thể nhận dữ liệu. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "KEYS_UNAVAILABLE", 503, "Keys unavailable", "Chưa có khóa xác thực",
        "The token cannot be checked: its issuer's public keys cannot be had now. Send again after Retry-After seconds.",
        "Chưa kiểm tra được mã truy cập vì hiện không lấy được khóa công khai của bên cấp mã. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "QUEUE_NOT_DURABLE", 503, "Queue not durable", "Hàng đợi không bền vững",
        "Redis has been started with settings under which it may lose what it confirms, so nothing can be promised. Its operator must set appendonly yes, appendfsync always and maxmemory-policy noeviction.",
        "Redis đang chạy với thiết lập có thể làm mất dữ liệu đã xác nhận nên chưa thể nhận dữ liệu. Người vận hành cần đặt appendonly yes, appendfsync always và maxmemory-policy noeviction.",
        retryable=True,
    ),
    Problem(
        "DATABASE_UNAVAILABLE", 503, "Database unavailable", "Cơ sở dữ liệu không sẵn sàng",
        "PostgreSQL holds the answer and does not respond. Live jobs still answer; ask again after Retry-After seconds.",
        "PostgreSQL đang giữ dữ liệu này và không phản hồi. Hãy hỏi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "JOB_FAILED", 503, "Job failed", "Tác vụ thất bại",
        "The records could not be written. POST the job's retry link, or send the batch again: with the same Idempotency-Key the job goes on.",
        "Không ghi được các bản ghi. Hãy gọi liên kết retry của tác vụ hoặc gửi lại lô dữ liệu: cùng Idempotency-Key thì tác vụ tiếp tục.",
        retryable=True,
    ),
    Problem(
        "JOB_LOST", 503, "Job lost", "Tác vụ bị mất",
        "The job of this Idempotency-Key is in no store any more: the database was set back to an earlier state. Send the batch again.",
        "Tác vụ của Idempotency-Key này không còn ở đâu: cơ sở dữ liệu đã bị đưa về trạng thái cũ. Hãy gửi lại lô dữ liệu.",
        retryable=True,
    ),
    Problem(
        "DRAINING", 503, "Shutting down", "Đang dừng dịch vụ",
        "This instance is shutting down. Send again.",
        "Tiến trình này đang dừng. Hãy gửi lại.",
        retryable=True,
    ),
    Problem(
        "VERSION_NOT_SUPPORTED", 505, "HTTP version not supported", "Phiên bản HTTP không được hỗ trợ",
        "Send HTTP/1.1 or HTTP/1.0.",
        "Hãy gửi HTTP/1.1 hoặc HTTP/1.0.",
    ),
)  # fmt: skip
