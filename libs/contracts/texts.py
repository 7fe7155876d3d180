"""The sentences that people read, in English and Vietnamese. Nothing else words one.

Requests and records that the server refuses are worded in `libs.contracts.problems`. A template's `{names}` are filled
with names, numbers and paths that the user gave, never with a token or with anything of a record.
"""

from typing import Any

from msgspec import Struct


class Text(Struct, frozen=True):
    """One sentence."""

    en: str
    vi: str


def worded(name: str, **params: Any) -> tuple[str, str]:
    """The sentence in English and in Vietnamese."""
    text = TEXTS[name]
    return text.en.format_map(params), text.vi.format_map(params)


def both(name: str, **params: Any) -> str:
    """The sentence in both languages, on one line."""
    return " / ".join(worded(name, **params))


TEXTS: dict[str, Text] = {
    # What the API says of a batch and of a job.
    "BATCH_ACCEPTED": Text(
        "{accepted:,} of {total:,} records accepted; they are being written",
        "Đã nhận {accepted:,} trên {total:,} bản ghi; đang được ghi",
    ),
    "BATCH_REFUSED": Text("Nothing was written", "Không ghi bản ghi nào"),
    "BATCH_WRITTEN": Text("{written:,} of {total:,} records written", "{written:,} trên {total:,} bản ghi đã được ghi"),
    "BATCH_TRIED": Text(
        "{written:,} of {total:,} records would be written", "{written:,} trên {total:,} bản ghi sẽ được ghi"
    ),
    "JOB_PROGRESS": Text("{done:,} of {total:,} records handled", "Đã xử lý {done:,} trên {total:,} bản ghi"),
    # Why a job cannot be cancelled or retried; part of the problem JOB_STATE.
    "JOB_HAS_ENDED": Text("it has ended already", "tác vụ đã kết thúc"),
    "JOB_IS_OPEN": Text("it has not ended yet; wait or cancel it", "tác vụ chưa kết thúc; hãy chờ hoặc hủy"),
    "NOTHING_TO_RETRY": Text(
        "it has no failed chunk of this kind whose data is kept",
        "không có phần thất bại nào thuộc loại này còn giữ dữ liệu",
    ),
    "PAYLOAD_FORGOTTEN": Text(
        "its data is kept no longer; post the records of its rejects link again",
        "dữ liệu không còn được giữ; hãy gửi lại các bản ghi ở liên kết rejects",
    ),
    "CONFIG_OK": Text("Everything needed is there.", "Đã có đủ mọi thứ cần thiết."),
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
        "No token. Give --token, --token-file or SLUICE_TOKEN, or --tenant UUID beside a running `sluice up`.",
        "Chưa có mã truy cập. Hãy dùng --token, --token-file hoặc SLUICE_TOKEN, "
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
        "sẽ thử lại sau {seconds:.1f} giây (lần {attempt}).",
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
    "ERRORS": Text("errors", "lỗi"),
    # Help.
    "HELP_MAIN": Text(
        "Sluice puts a scanner's findings into PostgreSQL: in bulk, exactly once, with live progress.",
        "Sluice đưa kết quả quét vào PostgreSQL: theo lô lớn, đúng một lần, có tiến độ trực tiếp.",
    ),
    "COMMAND_UP": Text("Run the whole stack on this machine.", "Chạy toàn bộ hệ thống trên máy này."),
    "COMMAND_MIGRATE": Text("Bring the database's schema up to date.", "Cập nhật lược đồ cơ sở dữ liệu."),
    "COMMAND_TOKEN": Text("Print a bearer token.", "In ra một mã truy cập."),
    "COMMAND_PUSH": Text("Send a file of records.", "Gửi một tệp bản ghi."),
    "COMMAND_JOBS": Text("List jobs.", "Liệt kê các tác vụ."),
    "COMMAND_JOB": Text("Show, watch, cancel or retry a job.", "Xem, theo dõi, hủy hoặc thử lại một tác vụ."),
    "COMMAND_CONFIG": Text("Show or check the configuration.", "Xem hoặc kiểm tra cấu hình."),
    "HELP_PUSH": Text(
        "Send FILE, one JSON record a line (.ndjson, .ndjson.gz, .ndjson.zst, or - for standard input), in batches. "
        "Positions count from 0 and leave blank lines out. "
        "Exit status: 0 all written, 1 some records were not, 2 the request or its use failed.",
        "Gửi FILE, mỗi dòng một bản ghi JSON (.ndjson, .ndjson.gz, .ndjson.zst, hoặc - để đọc đầu vào chuẩn), theo lô. "
        "Vị trí đếm từ 0, không tính dòng trống. "
        "Mã thoát: 0 đã ghi hết, 1 có bản ghi không được ghi, 2 lỗi yêu cầu hoặc cách dùng.",
    ),
    "HELP_JOBS": Text("List the tenant's jobs, newest first.", "Liệt kê tác vụ của đơn vị, mới nhất trước."),
    "HELP_JOB": Text(
        "Show a job. With --watch the exit status is 0 when all records were written, else 1.",
        "Xem một tác vụ. Với --watch, mã thoát là 0 khi mọi bản ghi đã được ghi, ngược lại là 1.",
    ),
    "OPTION_URL": Text(
        "The server; else SLUICE_URL, else the stack in --data-dir.",
        "Địa chỉ máy chủ; nếu không có thì SLUICE_URL, rồi hệ thống trong --data-dir.",
    ),
    "OPTION_TOKEN": Text(
        "A bearer token. Other users of this machine can see it: prefer --token-file or SLUICE_TOKEN.",
        "Mã truy cập. Người dùng khác trên máy có thể nhìn thấy: nên dùng --token-file hoặc SLUICE_TOKEN.",
    ),
    "OPTION_TOKEN_FILE": Text(
        "A file that holds the token; read for every request.", "Tệp chứa mã truy cập; được đọc lại ở mỗi yêu cầu."
    ),
    "OPTION_DATA_DIR": Text("Where `sluice up` keeps its data.", "Nơi `sluice up` lưu dữ liệu."),
    "OPTION_TENANT": Text(
        "Sign a token for this tenant with the secret in --data-dir.",
        "Tự ký mã truy cập cho đơn vị này bằng khóa trong --data-dir.",
    ),
    "OPTION_ENTITY": Text("The kind of record.", "Loại bản ghi."),
    "OPTION_MODE": Text(
        "What becomes of a record that exists already: an error, ignored, or updated.",
        "Xử lý bản ghi đã có: báo lỗi, bỏ qua hoặc cập nhật.",
    ),
    "OPTION_ON_ERROR": Text(
        "Write what is valid, or write a batch whole or not at all and stop there.",
        "Ghi các bản ghi hợp lệ, hoặc ghi trọn lô hay không ghi gì rồi dừng lại.",
    ),
    "OPTION_LANE": Text("How urgent it is.", "Mức độ ưu tiên."),
    "OPTION_BATCH_RECORDS": Text(
        "Records a batch; the entity's limit by default.", "Số bản ghi mỗi lô; mặc định là giới hạn của loại bản ghi."
    ),
    "OPTION_KEY": Text(
        "Names this push: run again with the same key and file, it writes nothing twice.",
        "Đặt tên cho lần gửi: chạy lại với cùng khóa và cùng tệp sẽ không ghi trùng.",
    ),
    "OPTION_REJECTS": Text(
        "Write the rejected records to this file, to be mended and pushed again.",
        "Ghi các bản ghi bị từ chối vào tệp này để sửa rồi gửi lại.",
    ),
    "OPTION_JSON": Text("JSON for machines.", "Xuất JSON cho máy đọc."),
    "OPTION_STATUS": Text("Only jobs in this state.", "Chỉ các tác vụ ở trạng thái này."),
    "OPTION_ENTITY_FILTER": Text("Only jobs of this kind of record.", "Chỉ các tác vụ của loại bản ghi này."),
    "OPTION_LIMIT": Text("Jobs at most.", "Số tác vụ tối đa."),
    "OPTION_ERRORS": Text("Show every error of every record.", "Hiện mọi lỗi của mọi bản ghi."),
    "OPTION_WATCH": Text("Follow the job to its end.", "Theo dõi tác vụ đến khi kết thúc."),
    "OPTION_CANCEL": Text("Write no more of it.", "Không ghi thêm phần nào của tác vụ."),
    "OPTION_RETRY": Text(
        "Try the failed chunks again: those that failed for a passing reason, or all.",
        "Thử lại các phần thất bại: chỉ phần lỗi tạm thời, hoặc tất cả.",
    ),
}
