"""Why there is no backup, or none can be restored."""

from libs.contracts.texts.problems.shapes import Problem

BACKUPS = (
    Problem(
        "BACKUP_NOT_SET", 409, "No folder for backups", "Chưa đặt thư mục sao lưu",
        "The processors have no folder for backups. Set SLUICE_BACKUP_DIR.",
        "Bộ xử lý chưa có thư mục sao lưu. Hãy đặt SLUICE_BACKUP_DIR.",
    ),
    Problem(
        "BACKUP_FOLDER", 507, "Folder of backups unusable", "Không dùng được thư mục sao lưu",
        "The folder of backups cannot be used ({reason}). Older backups are as they were.",
        "Không dùng được thư mục sao lưu ({reason}). Các bản sao lưu cũ vẫn nguyên vẹn.",
    ),
    Problem(
        "BACKUP_DISK_FULL", 507, "Disk of backups full", "Hết dung lượng lưu bản sao lưu",
        "The disk with the backups is full. Older backups are as they were.",
        "Ổ đĩa chứa bản sao lưu đã đầy. Các bản sao lưu cũ vẫn nguyên vẹn.",
    ),
    Problem(
        "BACKUP_SERVER_FULL", 507, "Disk of PostgreSQL full", "Hết dung lượng của PostgreSQL",
        "PostgreSQL has no room for the database in which a backup is tried. It needs as much as the database itself.",
        "PostgreSQL không còn chỗ cho cơ sở dữ liệu dùng để kiểm tra bản sao lưu. Cần dung lượng bằng chính cơ sở dữ liệu.",
    ),
    Problem(
        "BACKUP_RIGHTS", 403, "Right missing", "Thiếu quyền",
        "The login of SLUICE_BACKUP_DATABASE_URL lacks a right: {rights}.",
        "Tài khoản của SLUICE_BACKUP_DATABASE_URL thiếu quyền: {rights}.",
    ),
    Problem(
        "BACKUP_PROGRAM_MISSING", 409, "Program missing", "Thiếu chương trình",
        "There is no {program} where the processors look. Install PostgreSQL's client programs, or set SLUICE_BACKUP_PROGRAMS.",
        "Bộ xử lý không tìm thấy {program}. Hãy cài các chương trình của PostgreSQL hoặc đặt SLUICE_BACKUP_PROGRAMS.",
    ),
    Problem(
        "BACKUP_PROGRAM_OLD", 409, "Program too old", "Chương trình quá cũ",
        "{program} is of version {version}, and PostgreSQL of version {server}: it has to be as new.",
        "{program} là phiên bản {version}, còn PostgreSQL là phiên bản {server}: chương trình phải mới bằng máy chủ.",
    ),
    Problem(
        "BACKUP_PROGRAM_FAILED", 500, "Program failed", "Chương trình bị lỗi",
        "{program} has failed (status {status}). The log of the processor says more.",
        "{program} bị lỗi (mã {status}). Xem nhật ký của bộ xử lý để biết thêm.",
    ),
    Problem(
        "BACKUP_LOCKED", 503, "Tables locked", "Bảng đang bị khóa",
        "Somebody holds a lock on a table for too long; a migration, perhaps.",
        "Có phiên giữ khóa một bảng quá lâu, có thể là một lần di trú.",
        retryable=True,
    ),
    Problem(
        "BACKUP_DAMAGED", 409, "Backup damaged", "Bản sao lưu bị hỏng",
        "The file of the backup is not what was written: it is cut short or changed.",
        "Tệp sao lưu không còn như lúc ghi: bị cắt ngắn hoặc bị thay đổi.",
    ),
    Problem(
        "BACKUP_DIFFERS", 409, "Restore differs", "Phục hồi không khớp",
        "What was restored is not what was backed up; {tables} tables differ. The backup was not kept.",
        "Dữ liệu phục hồi không khớp với dữ liệu đã sao lưu; {tables} bảng khác nhau. Bản sao lưu không được giữ.",
    ),
    Problem(
        "BACKUP_NO_MANIFEST", 404, "No backup", "Không phải bản sao lưu",
        "The folder holds no backup: it has no manifest.json that can be read.",
        "Thư mục không chứa bản sao lưu: không có manifest.json đọc được.",
    ),
    Problem(
        "RESTORE_NOT_EMPTY", 409, "Database not empty", "Cơ sở dữ liệu không trống",
        "The database has tables already. A backup is restored into an empty one, and nothing was changed.",
        "Cơ sở dữ liệu đã có bảng. Bản sao lưu chỉ được phục hồi vào cơ sở dữ liệu trống; chưa có gì thay đổi.",
    ),
    Problem(
        "BACKUP_KEY", 409, "Key unusable", "Khóa không dùng được",
        "The file of the key cannot be read, or holds no key: 64 hexadecimal digits, or 32 bytes.",
        "Không đọc được tệp khóa, hoặc tệp không chứa khóa: 64 chữ số thập lục phân hoặc 32 byte.",
    ),
    Problem(
        "BACKUP_KEY_NEEDED", 409, "Key needed", "Cần khóa",
        "The backup is encrypted: name the file of its key.",
        "Bản sao lưu được mã hóa: hãy chỉ ra tệp khóa.",
    ),
)  # fmt: skip
