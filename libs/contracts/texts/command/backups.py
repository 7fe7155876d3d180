"""What the `sluice` command says of backups."""

from libs.contracts.texts.text import Text

BACKUPS = {
    "COMMAND_BACKUP": Text(
        "Make a backup, or list those that are there.", "Sao lưu ngay hoặc liệt kê các bản sao lưu."
    ),
    "COMMAND_RESTORE": Text(
        "Restore a backup into an empty database.", "Phục hồi một bản sao lưu vào cơ sở dữ liệu trống."
    ),
    "HELP_BACKUP": Text(
        "Backups of the database, each verified by a restore before it counts.",
        "Các bản sao lưu cơ sở dữ liệu, mỗi bản đều được phục hồi thử trước khi công nhận.",
    ),
    "HELP_BACKUP_NOW": Text(
        "Have a processor make a backup now, and follow it to its end.",
        "Yêu cầu bộ xử lý sao lưu ngay và theo dõi đến khi xong.",
    ),
    "HELP_BACKUP_LIST": Text(
        "List the backups in a folder of this machine, newest first.",
        "Liệt kê các bản sao lưu trong một thư mục của máy này, mới nhất trước.",
    ),
    "HELP_RESTORE": Text(
        "Restore the backup in DIR into an empty database: that of --database-url, else the one of a data directory on "
        "which no stack has run. The runbook docs/runbooks/restore.md says what comes before and after.",
        "Phục hồi bản sao lưu trong DIR vào cơ sở dữ liệu trống: của --database-url, hoặc của thư mục dữ liệu "
        "chưa từng chạy. Xem docs/runbooks/restore.md để biết các bước trước và sau.",
    ),
    "OPTION_BACKUP_DIR": Text(
        "The folder of the backups; else the one in the data directory.",
        "Thư mục chứa các bản sao lưu; nếu không có thì lấy trong thư mục dữ liệu.",
    ),
    "OPTION_BACKUP_KEY": Text("The file with the key of encrypted backups.", "Tệp khóa của bản sao lưu mã hóa."),
    "OPTION_BACKUP_PROGRAMS": Text("The folder of pg_restore.", "Thư mục chứa pg_restore."),
    "OPTION_RESTORE_DATABASE": Text(
        "Where to restore it, as a login that may create roles.",
        "Nơi phục hồi, với tài khoản được phép tạo vai trò.",
    ),
    "BACKUP_LOGIN": Text(
        "PostgreSQL does not let it in, or does not answer", "PostgreSQL không cho đăng nhập hoặc không phản hồi"
    ),
    "BACKUP_CAME": Text(
        "{name}: {size}, {tables} tables, verified by a restore", "{name}: {size}, {tables} bảng, đã phục hồi thử"
    ),
    "NO_BACKUPS": Text("There is no backup in {path}.", "Không có bản sao lưu nào trong {path}."),
    "BACKUP_NAME": Text("backup", "bản sao lưu"),
    "TAKEN_AT": Text("of", "thời điểm"),
    "BACKUP_SIZE": Text("size", "dung lượng"),
    "BACKUP_ROWS": Text("rows", "số dòng"),
    "BACKUP_ENCRYPTED": Text("encrypted", "mã hóa"),
    "BACKUP_SEALED": Text("yes", "có"),
    "BACKUP_OPEN": Text("no", "không"),
    "RESTORING": Text("Restoring {name}, of {moment} …", "Đang phục hồi {name}, thời điểm {moment} …"),
    "RESTORED": Text(
        "Restored: {rows} rows in {tables} tables, all as they were backed up.",
        "Đã phục hồi {rows} dòng trong {tables} bảng, đúng như khi sao lưu.",
    ),
    "RESTORE_MIGRATED": Text("Migrated since then: {names}", "Đã di trú thêm: {names}"),
    "RESTORE_NEXT_UP": Text("Start it: sluice up --data-dir {path}", "Khởi động: sluice up --data-dir {path}"),
    "RESTORE_NEXT_ADOPT": Text(
        "Next: have Redis and this database belong together (sluice config adopt), then start the services.",
        "Tiếp theo: ghép Redis với cơ sở dữ liệu này (sluice config adopt), rồi khởi động các dịch vụ.",
    ),
}
