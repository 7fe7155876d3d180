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
    # What `sluice audit verify` says.
    "AUDIT_WHOLE": Text(
        "The audit trail is whole: {entries:,} entries in {chains:,} chains; {outside:,} older ones are in no chain.",
        "Nhật ký kiểm toán còn nguyên vẹn: {entries:,} mục trong {chains:,} chuỗi; {outside:,} mục cũ hơn không thuộc "
        "chuỗi nào.",
    ),
    "AUDIT_MISSING": Text(
        "Tenant {tenant}: entry {seq} of the audit trail is missing.",
        "Đơn vị {tenant}: thiếu mục {seq} của nhật ký kiểm toán.",
    ),
    "AUDIT_CHANGED": Text(
        "Tenant {tenant}: entry {seq} of the audit trail is not what was stored.",
        "Đơn vị {tenant}: mục {seq} của nhật ký kiểm toán không còn như lúc được lưu.",
    ),
    "AUDIT_CUT_OFF": Text(
        "Tenant {tenant}: the audit trail was longer once; it ends before entry {seq}.",
        "Đơn vị {tenant}: nhật ký kiểm toán từng dài hơn; nay kết thúc trước mục {seq}.",
    ),
    "AUDIT_NOT_AS_NOTED": Text(
        "Tenant {tenant}: the chain up to entry {seq} is another one than the noted head was of.",
        "Đơn vị {tenant}: chuỗi đến mục {seq} không phải là chuỗi có giá trị băm đã ghi lại.",
    ),
    "AUDIT_NO_HEAD": Text(
        "each line must be a tenant, a number and a hash, as `sluice audit verify` prints them",
        "mỗi dòng phải gồm đơn vị, số thứ tự và giá trị băm như `sluice audit verify` in ra",
    ),
    "AUDIT_UNREADABLE": Text(
        "The audit trail cannot be read ({reason}): check the address, and that its login may become sluice_writer.",
        "Không đọc được nhật ký kiểm toán ({reason}): hãy kiểm tra địa chỉ, và tài khoản có được trở thành "
        "sluice_writer hay không.",
    ),
    # What a service, `sluice migrate` and `sluice config check` find of their surroundings; each names what to mend.
    "DATABASE_ADDRESS": Text(
        "SLUICE_DATABASE_URL is no address of a database: postgresql://user:password@host:5432/name, "
        "with @ : / ? # in the password as %40 %3A %2F %3F %23",
        "SLUICE_DATABASE_URL không phải là địa chỉ cơ sở dữ liệu: postgresql://user:password@host:5432/name, "
        "các ký tự @ : / ? # trong mật khẩu viết là %40 %3A %2F %3F %23",
    ),
    "DATABASE_AWAY": Text("PostgreSQL does not let us in: {reason}", "Không kết nối được PostgreSQL: {reason}"),
    "DATABASE_ENCODING": Text(
        "Database {database} keeps its texts in {encoding}, and Vietnamese would be garbled. Make another: "
        "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        "Cơ sở dữ liệu {database} dùng bảng mã {encoding}, tiếng Việt sẽ bị sai. Hãy tạo cơ sở dữ liệu khác: "
        "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ),
    "DATABASE_ROLE": Text(
        "Login {login} may not become {role}: GRANT {role} TO {login}",
        "Tài khoản {login} không được dùng vai trò {role}: GRANT {role} TO {login}",
    ),
    "DATABASE_ROLES_MISSING": Text(
        "There is no role {role} yet. Run: sluice migrate", "Chưa có vai trò {role}. Hãy chạy: sluice migrate"
    ),
    "DATABASE_OPTIONS": Text(
        "PostgreSQL did not take what the session asks for (role {role}, time-outs, plans). A pooler such as PgBouncer "
        "drops it: name PostgreSQL itself in SLUICE_DATABASE_URL",
        "PostgreSQL không nhận các thiết lập của phiên (vai trò {role}, thời hạn, kế hoạch). Bộ gộp kết nối như "
        "PgBouncer bỏ chúng đi: hãy ghi địa chỉ của chính PostgreSQL trong SLUICE_DATABASE_URL",
    ),
    "DATABASE_POOLER": Text(
        "A pooler gives our session to others between transactions. Name PostgreSQL itself in SLUICE_DATABASE_URL, or "
        "set the pooler to session mode",
        "Bộ gộp kết nối chuyển phiên của chúng ta cho bên khác giữa các giao dịch. Hãy ghi địa chỉ của chính "
        "PostgreSQL trong SLUICE_DATABASE_URL, hoặc đặt bộ gộp ở chế độ session",
    ),
    "DATABASE_BEHIND": Text(
        "The database lacks {names}. Run: sluice migrate", "Cơ sở dữ liệu thiếu {names}. Hãy chạy: sluice migrate"
    ),
    "DATABASE_RIGHTS": Text(
        "Role {role} lacks rights: {rights}. GRANT them to {role}",
        "Vai trò {role} thiếu quyền: {rights}. Hãy GRANT cho {role}",
    ),
    "DATABASE_IN_USE": Text(
        "Another migration runs, or a table is in use: nothing was changed. Try again",
        "Một lần nâng cấp khác đang chạy, hoặc có bảng đang được dùng: chưa thay đổi gì. Hãy thử lại",
    ),
    "REDIS_ADDRESS": Text(
        "SLUICE_REDIS_URL is no address of a Redis: redis://user:password@host:6379/0, "
        "with @ : / ? # in the password as %40 %3A %2F %3F %23",
        "SLUICE_REDIS_URL không phải là địa chỉ Redis: redis://user:password@host:6379/0, "
        "các ký tự @ : / ? # trong mật khẩu viết là %40 %3A %2F %3F %23",
    ),
    "REDIS_AWAY": Text("Redis does not let us in: {reason}", "Không kết nối được Redis: {reason}"),
    "REDIS_RIGHTS": Text(
        "The Redis user lacks rights. ACL SETUSER … {rights}",
        "Người dùng Redis thiếu quyền. ACL SETUSER … {rights}",
    ),
    "REDIS_SLOT": Text(
        "This node does not hold slot {slot} of the cluster, where all keys of {prefix} are. Name the node that does "
        "in SLUICE_REDIS_URL (CLUSTER SLOTS)",
        "Nút này không giữ slot {slot} của cụm, nơi chứa mọi khóa {prefix}. Hãy ghi địa chỉ nút giữ slot đó "
        "trong SLUICE_REDIS_URL (CLUSTER SLOTS)",
    ),
    "REDIS_REPLICA": Text(
        "This Redis is a replica and takes no writes. Name its master in SLUICE_REDIS_URL",
        "Redis này là bản sao, không nhận ghi. Hãy ghi địa chỉ máy chủ chính trong SLUICE_REDIS_URL",
    ),
    "INSTALLATION_DIFFERS": Text(
        "This Redis belongs to another installation than the database (namespace {namespace}): nothing is written or "
        "given up. Mend SLUICE_REDIS_URL, SLUICE_DATABASE_URL or SLUICE_NAMESPACE; if both are meant: "
        "sluice config adopt",
        "Redis này thuộc một hệ thống khác với cơ sở dữ liệu (không gian tên {namespace}): không ghi và không bỏ gì. "
        "Hãy sửa SLUICE_REDIS_URL, SLUICE_DATABASE_URL hoặc SLUICE_NAMESPACE; nếu đúng là cặp này: sluice config adopt",
    ),
    "INSTALLATION_UNKNOWN": Text(
        "This Redis holds nothing of the database's installation (namespace {namespace}): it is another one, or it has "
        "lost everything. Mend SLUICE_REDIS_URL or SLUICE_NAMESPACE; if its data is lost: sluice config adopt",
        "Redis này không có gì của hệ thống mà cơ sở dữ liệu thuộc về (không gian tên {namespace}): sai địa chỉ, hoặc "
        "Redis đã mất hết dữ liệu. Hãy sửa SLUICE_REDIS_URL hoặc SLUICE_NAMESPACE; nếu dữ liệu đã mất: "
        "sluice config adopt",
    ),
    "INSTALLATION_ADOPTED": Text(
        "This Redis and this database are one installation now (namespace {namespace}). Open jobs that Redis does not "
        "hold end as QUEUE_LOST.",
        "Redis và cơ sở dữ liệu này từ nay là một hệ thống (không gian tên {namespace}). Tác vụ đang mở mà Redis không "
        "có sẽ kết thúc với QUEUE_LOST.",
    ),
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
    "COMMAND_AUDIT": Text("Verify the audit trail.", "Kiểm chứng nhật ký kiểm toán."),
    "HELP_AUDIT_VERIFY": Text(
        "Walk each tenant's chain of audit entries and print the head of each. Keep the heads elsewhere: that the last "
        "entries are gone shows against a noted head alone. Exit status: 0 whole, 1 not whole or not readable.",
        "Duyệt chuỗi mục kiểm toán của từng đơn vị và in ra mục cuối của mỗi chuỗi. Hãy lưu kết quả ở nơi khác: chỉ "
        "khi so với mục cuối đã ghi lại mới thấy các mục cuối bị xóa. Mã thoát: 0 nguyên vẹn, 1 không nguyên vẹn hoặc "
        "không đọc được.",
    ),
    "OPTION_AUDIT_DATABASE": Text(
        "A login that may become sluice_writer.", "Tài khoản có quyền trở thành sluice_writer."
    ),
    "OPTION_AUDIT_TENANT": Text("This tenant's trail alone.", "Chỉ nhật ký của đơn vị này."),
    "OPTION_AUDIT_HEADS": Text(
        "What an earlier run has printed: each chain must still lead there.",
        "Kết quả in ra của lần chạy trước: mỗi chuỗi vẫn phải đi qua đó.",
    ),
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
