"""How the `sluice` command is used."""

from libs.contracts.texts.text import Text

HELP = {
    "HELP_MAIN": Text(
        "Sluice puts scanners' findings and people's files into PostgreSQL: in bulk, exactly once, with live progress.",
        "Sluice đưa kết quả quét và tệp của người dùng vào PostgreSQL: theo lô lớn, đúng một lần, "
        "có tiến độ trực tiếp.",
    ),
    "OPTION_LANG": Text(
        "The language of what is printed; else SLUICE_LANG, else the locale.",
        "Ngôn ngữ hiển thị; nếu không có thì SLUICE_LANG, rồi ngôn ngữ của hệ thống.",
    ),
    "COMMAND_UP": Text("Run the whole stack on this machine.", "Chạy toàn bộ hệ thống trên máy này."),
    "COMMAND_MIGRATE": Text("Bring the database's schema up to date.", "Cập nhật lược đồ cơ sở dữ liệu."),
    "COMMAND_TOKEN": Text("Print a bearer token.", "In ra một mã truy cập."),
    "COMMAND_PUSH": Text("Send a file of records.", "Gửi một tệp bản ghi."),
    "COMMAND_WARM": Text(
        "Read a tenant's records into the database's cache.", "Đọc sẵn bản ghi của đơn vị vào bộ nhớ đệm."
    ),
    "COMMAND_JOBS": Text("List jobs.", "Liệt kê các tác vụ."),
    "COMMAND_JOB": Text("Show, watch, cancel or retry a job.", "Xem, theo dõi, hủy hoặc thử lại một tác vụ."),
    "COMMAND_INVENTORY": Text("Search the inventory.", "Tìm trong danh mục đã lưu."),
    "COMMAND_STATS": Text("Show what has happened over time.", "Xem số liệu theo thời gian."),
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
        "Send FILE in batches: one JSON record a line (.ndjson, or - for standard input), or CSV in UTF-8 whose "
        "headers are the record's fields (.csv, .tsv); each also .gz or .zst. `sluice load` takes any other file. "
        "Positions count from 0 and leave blank lines out. "
        "Exit status: 0 all written, 1 some records were not, 2 the request or its use failed.",
        "Gửi FILE theo lô: mỗi dòng một bản ghi JSON (.ndjson, hoặc - để đọc đầu vào chuẩn), hoặc CSV mã UTF-8 có tiêu "
        "đề là tên trường của bản ghi (.csv, .tsv); đều có thể nén .gz hoặc .zst. Tệp khác: dùng `sluice load`. "
        "Vị trí đếm từ 0, không tính dòng trống. "
        "Mã thoát: 0 đã ghi hết, 1 có bản ghi không được ghi, 2 lỗi yêu cầu hoặc cách dùng.",
    ),
    "HELP_WARM": Text(
        "Read the tenant's keys and rows into PostgreSQL's cache, as a re-scan asks for them, and say which share of "
        "their pages was there before and is there now. At most half of the cache is read.",
        "Đọc khóa và bản ghi của đơn vị vào bộ nhớ đệm của PostgreSQL như khi quét lại, rồi cho biết tỷ lệ trang đã có "
        "trước đó và hiện có. Chỉ đọc tối đa một nửa bộ nhớ đệm.",
    ),
    "HELP_JOBS": Text("List the tenant's jobs, newest first.", "Liệt kê tác vụ của đơn vị, mới nhất trước."),
    "HELP_JOB": Text(
        "Show a job of any type. With --watch the exit status is 0 when it has completed and all records were written, "
        "else 1.",
        "Xem một tác vụ loại bất kỳ. Với --watch, mã thoát là 0 khi tác vụ hoàn thành và mọi bản ghi đã được ghi, "
        "ngược lại là 1.",
    ),
    "HELP_INVENTORY": Text(
        "List the tenant's records of an entity, the highest ids first. It takes scope inventory:read.",
        "Liệt kê bản ghi của đơn vị theo loại, mã lớn nhất trước. Cần quyền inventory:read.",
    ),
    "OPTION_Q": Text(
        "Words of names and external ids; letters without marks find those with marks, too.",
        "Các từ trong tên và mã ngoài; gõ không dấu cũng tìm được chữ có dấu.",
    ),
    "OPTION_LIMIT_RECORDS": Text("Records at most.", "Số bản ghi tối đa."),
    "HELP_STATS": Text(
        "Show the tenant's open jobs, those that ended within a day, and over time what became of its records.",
        "Xem các tác vụ đang mở của đơn vị, các tác vụ kết thúc trong một ngày qua và kết quả xử lý bản ghi theo "
        "thời gian.",
    ),
    "OPTION_STEP": Text(
        "A line a minute, an hour or a day; minutes and hours are kept for a week.",
        "Mỗi dòng là một phút, một giờ hoặc một ngày; phút và giờ được giữ một tuần.",
    ),
    "OPTION_FROM": Text(
        "The beginning, in local time; else an hour, a day or 30 days before the end.",
        "Thời điểm đầu, theo giờ địa phương; nếu không có thì trước thời điểm cuối một giờ, một ngày hoặc 30 ngày.",
    ),
    "OPTION_TO": Text(
        "The end, in local time; else now.", "Thời điểm cuối, theo giờ địa phương; nếu không có thì lúc này."
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
    "OPTION_PARALLEL": Text(
        "How many batches are on their way at once; 1 has each wait for the one before.",
        "Số lô được gửi cùng lúc; 1 là mỗi lô chờ lô trước.",
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
    "OPTION_TYPE": Text("Only jobs of this type; write is a batch.", "Chỉ các tác vụ loại này; write là một lô."),
    "OPTION_ENTITY_FILTER": Text("Only jobs of this kind of record.", "Chỉ các tác vụ của loại bản ghi này."),
    "OPTION_CANCEL_ALL": Text("Cancel all jobs that match, after a question.", "Hủy mọi tác vụ khớp, sau khi hỏi lại."),
    "OPTION_RETRY_ALL": Text(
        "Retry what has failed of all jobs that match, after a question.",
        "Thử lại phần thất bại của mọi tác vụ khớp, sau khi hỏi lại.",
    ),
    "OPTION_REASON": Text("Why; the audit trail keeps it.", "Lý do; được lưu trong nhật ký kiểm toán."),
    "OPTION_YES_ALL": Text("Do not ask.", "Không hỏi lại."),
    "OPTION_LIMIT": Text("Jobs at most.", "Số tác vụ tối đa."),
    "OPTION_ERRORS": Text("Show every error of every record.", "Hiện mọi lỗi của mọi bản ghi."),
    "OPTION_WATCH": Text("Follow the job to its end.", "Theo dõi tác vụ đến khi kết thúc."),
    "OPTION_CANCEL": Text("Write no more of it.", "Không ghi thêm phần nào của tác vụ."),
    "OPTION_RETRY": Text(
        "Try the failed chunks again: those that failed for a passing reason, or all.",
        "Thử lại các phần thất bại: chỉ phần lỗi tạm thời, hoặc tất cả.",
    ),
    "HELP_UP": Text(
        "Run the whole stack in the foreground: PostgreSQL, Valkey, ingest and the writers, all below one directory. "
        "Ctrl-C drains and stops them.",
        "Chạy toàn bộ hệ thống ở tiền cảnh: PostgreSQL, Valkey, ingest và các writer, tất cả trong một thư mục. "
        "Ctrl-C hoàn tất việc dở dang rồi dừng.",
    ),
    "OPTION_UP_DATA_DIR": Text("Where everything is kept.", "Nơi lưu mọi dữ liệu."),
    "OPTION_INGEST_PORT": Text(
        "Port of the API; by default the last one, else 8080, else a free one.",
        "Cổng của API; mặc định là cổng lần trước, rồi 8080, rồi một cổng còn trống.",
    ),
    "OPTION_CONSOLE_PORT": Text(
        "Port of the console; by default the last one, else 8081, else a free one; 0 for any free one.",
        "Cổng của bảng điều khiển; mặc định là cổng lần trước, rồi 8081, rồi cổng còn trống; 0: cổng bất kỳ.",
    ),
    "HELP_SIGN_IN": Text(
        "Print a link that signs one person in to the console of the stack on a data dir, once.",
        "In liên kết đăng nhập một lần vào bảng điều khiển của hệ thống trong thư mục dữ liệu.",
    ),
    "OPTION_SIGN_IN_TENANT": Text("The tenant whose jobs are shown.", "Đơn vị có tác vụ được hiển thị."),
    "OPTION_SIGN_IN_TTL": Text("For how many seconds the link is good.", "Liên kết có hiệu lực trong bao nhiêu giây."),
    "OPTION_WRITERS": Text("Number of writer processes.", "Số tiến trình ghi."),
    "OPTION_PROCESSORS": Text("Number of processor processes.", "Số tiến trình chạy tác vụ."),
    "OPTION_DEMO": Text("Push a real register when ready.", "Nạp một sổ đăng ký thật khi sẵn sàng."),
    "HELP_TOKEN": Text(
        "Print a bearer token for the stack on a data dir.", "In mã truy cập cho hệ thống trong thư mục dữ liệu."
    ),
    "OPTION_TOKEN_TENANT": Text("The tenant that the token speaks for.", "Đơn vị của mã truy cập."),
    "OPTION_SCOPE": Text("What it allows, separated by spaces.", "Các quyền, cách nhau bởi dấu cách."),
    "OPTION_TTL": Text("For how many seconds.", "Thời hạn, tính bằng giây."),
    "OPTION_SUBJECT": Text("Who uses it.", "Người sử dụng."),
    "HELP_MIGRATE": Text("Bring the database to the newest schema.", "Nâng cấp lược đồ cơ sở dữ liệu."),
    "OPTION_DISTRIBUTE": Text(
        "Then spread the tables over the nodes of Citus, by tenant; each statement is said before it is run.",
        "Sau đó phân tán các bảng theo đơn vị lên các nút Citus; mỗi câu lệnh được in ra trước khi chạy.",
    ),
    "OPTION_FORETELL": Text("Only say what would be done.", "Chỉ in ra những việc sẽ làm."),
    "OPTION_DATABASE_URL": Text(
        "A login that may create roles; else SLUICE_DATABASE_URL.",
        "Tài khoản được phép tạo vai trò; nếu không có thì SLUICE_DATABASE_URL.",
    ),
    "HELP_CONFIG": Text("Show or check the configuration.", "Xem hoặc kiểm tra cấu hình."),
    "HELP_CONFIG_CHECK": Text(
        "Check a service's variables, Redis and PostgreSQL.", "Kiểm tra biến môi trường, Redis và PostgreSQL."
    ),
    "HELP_CONFIG_SHOW": Text(
        "List a service's variables with their defaults.", "Liệt kê biến môi trường và giá trị mặc định."
    ),
    "HELP_CONFIG_ADOPT": Text(
        "Make one installation of this Redis and this database.",
        "Ghép Redis và cơ sở dữ liệu này thành một hệ thống.",
    ),
    "OPTION_ADOPT_REDIS": Text("Else SLUICE_REDIS_URL.", "Nếu không có thì SLUICE_REDIS_URL."),
    "OPTION_ADOPT_DATABASE": Text(
        "The login that migrates; else SLUICE_DATABASE_URL.",
        "Tài khoản dùng để nâng cấp; nếu không có thì SLUICE_DATABASE_URL.",
    ),
    "OPTION_ADOPT_NAMESPACE": Text("Else SLUICE_NAMESPACE.", "Nếu không có thì SLUICE_NAMESPACE."),
    "OPTION_OFFLINE": Text("Do not connect to anything.", "Không kết nối đến đâu cả."),
    # What the library of the command line words itself, by its own words.
    "Usage: ": Text("Usage: ", "Cách dùng: "),
    "Options": Text("Options", "Tùy chọn"),
    "Commands": Text("Commands", "Lệnh"),
    "Show this message and exit.": Text("Show this message and exit.", "Hiện trợ giúp này rồi thoát."),
    "Show the version and exit.": Text("Show the version and exit.", "Hiện phiên bản rồi thoát."),
    "default: ": Text("default: ", "mặc định: "),
    "required]": Text("required]", "bắt buộc]"),
}
