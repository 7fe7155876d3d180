"""What the client and its commands say while they run."""

from libs.contracts.texts.text import Text

CLIENT = {
    # What the client raises; the name is the error's code.
    "UNREACHABLE": Text(
        "No answer from the server ({reason}). Check the URL and that Sluice is running.",
        "Máy chủ không phản hồi ({reason}). Hãy kiểm tra URL và bảo đảm Sluice đang chạy.",
    ),
    "UNEXPECTED_ANSWER": Text(
        "The answer (HTTP {status}) is not one of Sluice's. Check the URL and any proxy in between.",
        "Phản hồi (HTTP {status}) không phải của Sluice. Hãy kiểm tra URL và máy chủ trung gian (proxy) nếu có.",
    ),
    "TOKEN_UNREADABLE": Text(
        "The token is not a JWT with a tenant. `sluice token --tenant UUID` makes one.",
        "Mã truy cập không phải là JWT có tenant. Lệnh `sluice token --tenant UUID` tạo một mã hợp lệ.",
    ),
    "RECORD_NOT_JSON": Text(
        "Record {position} holds a value that JSON cannot express. Records before it may have been sent.",
        "Bản ghi {position} chứa giá trị mà JSON không biểu diễn được. Các bản ghi trước đó có thể đã được gửi.",
    ),
    # What goes wrong before a request.
    "USAGE": Text(
        "The command line is not valid; --help shows how it is used.",
        "Dòng lệnh không hợp lệ; dùng --help để xem cách dùng.",
    ),
    "ERROR": Text("Error: {message}", "Lỗi: {message}"),
    "NO_SUCH_COMMAND": Text("There is no command {name}.", "Không có lệnh {name}."),
    "NO_SUCH_OPTION": Text("There is no option {name}.", "Không có tùy chọn {name}."),
    "PARAMETER_MISSING": Text("{name} is missing.", "Thiếu {name}."),
    "PARAMETER_INVALID": Text(
        "The value of {name} is not valid; it takes {kind}.", "Giá trị của {name} không hợp lệ; cần {kind}."
    ),
    "SYSTEM_REFUSES": Text("The system refuses: {reason}", "Hệ điều hành từ chối: {reason}"),
    "INTERRUPTED": Text("Interrupted.", "Đã bị ngắt."),
    "NOT_INSTALLED": Text(
        'Command "{command}" needs a part that is not installed ({module}). Fix: pip install "sluice[{extra}]"',
        'Lệnh "{command}" cần một phần chưa được cài ({module}). Cách khắc phục: pip install "sluice[{extra}]"',
    ),
    "JWT_MISSING": Text(
        'Signing needs PyJWT. Fix: pip install "sluice[tokens]", or give --token, --token-file or SLUICE_TOKEN.',
        'Việc ký mã truy cập cần PyJWT. Cách khắc phục: pip install "sluice[tokens]", '
        "hoặc dùng --token, --token-file hay SLUICE_TOKEN.",
    ),
    "ZSTD_MISSING": Text(
        "Reading .zst needs zstandard. Fix: pip install zstandard, or push the file uncompressed.",
        "Đọc tệp .zst cần zstandard. Cách khắc phục: pip install zstandard, hoặc gửi tệp chưa nén.",
    ),
    "URL_MISSING": Text(
        "No server is named. Give --url or SLUICE_URL, or start one with `sluice up` ({path} does not exist).",
        "Chưa có địa chỉ máy chủ. Hãy dùng --url hoặc SLUICE_URL, hoặc chạy `sluice up` (không có {path}).",
    ),
    "URL_INVALID": Text(
        "The URL must begin with http:// or https:// and name a host.",
        "URL phải bắt đầu bằng http:// hoặc https:// và có tên máy chủ.",
    ),
    "TOKEN_MISSING": Text(
        "No token. Give --token, --token-file, SLUICE_TOKEN or SLUICE_TOKEN_FILE, or --tenant UUID beside "
        "a running `sluice up`.",
        "Chưa có mã truy cập. Hãy dùng --token, --token-file, SLUICE_TOKEN hoặc SLUICE_TOKEN_FILE, "
        "hoặc --tenant UUID khi `sluice up` đang chạy trên máy này.",
    ),
    "FILE_UNREADABLE": Text("Cannot read {path}: {reason}.", "Không đọc được {path}: {reason}."),
    "FILE_UNWRITABLE": Text("Cannot write {path}: {reason}.", "Không ghi được {path}: {reason}."),
    "FILE_BROKEN": Text(
        "{path} is damaged or cut off; what came before was sent.",
        "{path} bị hỏng hoặc bị cắt cụt; phần trước đó đã được gửi.",
    ),
    "REJECTS_OVER_INPUT": Text(
        "--rejects would overwrite the file that is pushed.",
        "--rejects sẽ ghi đè lên chính tệp đang được gửi.",
    ),
    "CANCEL_OR_RETRY": Text("Use either --cancel or --retry.", "Chỉ dùng một trong hai tùy chọn --cancel và --retry."),
    # While a command runs.
    "WAITING": Text(
        "{code}: trying again in {seconds:.1f} s (attempt {attempt}).",
        "{code}: sẽ thử lại sau {seconds:.1f} giây (lần {attempt}).",
    ),
    "RUN_AGAIN": Text(
        "What was accepted will be written. To go on without writing anything twice, run the same command again with "
        "--key {key}",
        "Phần đã được nhận sẽ được ghi. Để tiếp tục mà không ghi trùng, hãy chạy lại đúng lệnh này với --key {key}",
    ),
    "STOPPED": Text(
        "Stopped at the first batch that was not written (--on-error abort); the batches before it stay.",
        "Đã dừng ở lô đầu tiên không được ghi (--on-error abort); các lô trước đó vẫn được giữ.",
    ),
    "MORE_ERRORS": Text("… and {count:,} more errors", "… và {count:,} lỗi khác"),
    "REJECTS_WRITTEN": Text("Rejected records are in {path}", "Các bản ghi bị từ chối nằm trong {path}"),
    "WARMED": Text(
        "{pages:,} pages of keys and rows: {before:.0%} were in the cache, {after:.0%} are now; {read:,} were read",
        "{pages:,} trang khóa và bản ghi: {before:.0%} đã có trong bộ nhớ đệm, nay là {after:.0%}; đã đọc {read:,}",
    ),
    "WARMED_ELSEWHERE": Text(
        "{pages:,} pages of rows were read on other nodes, which do not say what was in their caches.",
        "Đã đọc {pages:,} trang bản ghi trên các nút khác; các nút đó không cho biết bộ nhớ đệm đã có gì.",
    ),
    "WARMED_IN_PART": Text(
        "There was room for {room:,} pages: not all of the tenant's records were read.",
        "Chỉ đủ chỗ cho {room:,} trang: chưa đọc hết bản ghi của đơn vị.",
    ),
    "NO_STATISTICS": Text("Nothing has happened in this time.", "Không có gì trong khoảng thời gian này."),
    "CANCEL_OR_RETRY_ALL": Text(
        "Use either --cancel-all or --retry-all.", "Chỉ dùng một trong hai tùy chọn --cancel-all và --retry-all."
    ),
    "ASK_CANCEL_ALL": Text("Cancel these {count:,} jobs?", "Hủy {count:,} tác vụ này?"),
    "ASK_RETRY_ALL": Text(
        "Retry what has failed of these {count:,} jobs?", "Thử lại phần thất bại của {count:,} tác vụ này?"
    ),
    "BULK_CAME": Text(
        "Done: {done:,}. Left alone, being in no state for it: {skipped:,}. Not possible any more: {failed:,}.",
        "Đã thực hiện: {done:,}. Bỏ qua vì trạng thái không phù hợp: {skipped:,}. Không thể thực hiện nữa: {failed:,}.",
    ),
    "NO_RECORDS": Text("No records.", "Không có bản ghi nào."),
    "RECORD": Text("record", "bản ghi"),
    "EXTERNAL_ID": Text("external id", "mã ngoài"),
    "WRITTEN_AT": Text("written at (UTC)", "ghi lúc (UTC)"),
    "NO_JOBS": Text("No jobs.", "Không có tác vụ nào."),
    # Labels.
    "SUBMITTED": Text("submitted", "đã gửi"),
    "WRITTEN": Text("written", "đã ghi"),
    "CREATED": Text("created", "tạo mới"),
    "UPDATED": Text("updated", "cập nhật"),
    "UNCHANGED": Text("unchanged", "không đổi"),
    "REJECTED": Text("rejected", "bị từ chối"),
    "FAILED": Text("failed", "thất bại"),
    "CANCELLED": Text("cancelled", "đã hủy"),
    "PENDING": Text("pending", "đang chờ"),
    "JOBS_OPEN": Text("open jobs", "tác vụ đang mở"),
    "TOTAL": Text("total", "tổng số"),
    "JOB": Text("job", "tác vụ"),
    "TYPE": Text("type", "loại việc"),
    "STAGE": Text("stage", "bước"),
    "REASON": Text("reason", "lý do"),
    "ENTITY": Text("entity", "loại bản ghi"),
    "STATUS": Text("status", "trạng thái"),
    "PROGRESS": Text("progress", "tiến độ"),
    "MODE": Text("mode", "chế độ"),
    "LANE": Text("lane", "làn"),
    "CREATED_BY": Text("created by", "người tạo"),
    "CREATED_AT": Text("created at", "tạo lúc"),
    "FINISHED_AT": Text("finished at", "kết thúc lúc"),
    "ATTEMPTS": Text("attempts", "số lần thử"),
    "LAST_ERROR": Text("last error", "lỗi gần nhất"),
    "CHUNKS": Text("chunks settled", "số phần đã xong"),
    "POSITION": Text("position", "vị trí"),
    "PROCESSING": Text("processing", "đang xử lý"),
    "COMPLETED": Text("completed", "hoàn thành"),
    "TIME": Text("time", "thời gian"),
    "RECORDS_A_SECOND": Text("records/s", "bản ghi/giây"),
    "SECONDS_A_CHUNK": Text("s/chunk", "giây/phần"),
    "BATCHES_COMPLETED": Text("batches completed", "lô hoàn thành"),
    "BATCHES_FAILED": Text("batches failed", "lô thất bại"),
    "BATCHES_CANCELLED": Text("batches cancelled", "lô bị hủy"),
    "RECORDS_UNDER_WAY": Text("records under way", "bản ghi đang xử lý"),
    "BATCHES_OPEN": Text("open batches", "lô đang mở"),
    "TASKS_OPEN": Text("other open jobs", "tác vụ khác đang mở"),
    "BATCHES_ENDED": Text("batches ended within a day", "lô kết thúc trong một ngày"),
    "TASKS_ENDED": Text("other jobs ended within a day", "tác vụ khác kết thúc trong một ngày"),
    "COMPLETION_RATE": Text("completion rate", "tỷ lệ hoàn thành"),
    "ERRORS": Text("errors", "lỗi"),
}
