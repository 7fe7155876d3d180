"""Why a service does not start, and what `sluice config check` and `sluice migrate` find."""

from libs.contracts.texts.text import Text

BOOT = {
    "SETTING_REQUIRED": Text("{name} is required", "{name} là bắt buộc"),
    "SETTING_INVALID": Text("{name}: {reason}", "{name} không hợp lệ: {reason}"),
    "SETTING_NO_KEYS": Text(
        "one of SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL is required: whose tokens count?",
        "cần một trong SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL: chấp nhận mã truy cập của ai?",
    ),
    "SETTING_BODY_MEMORY": Text(
        "SLUICE_BODY_MEMORY_BYTES must not be below SLUICE_MAX_BODY_BYTES: no large body would ever fit",
        "SLUICE_BODY_MEMORY_BYTES không được nhỏ hơn SLUICE_MAX_BODY_BYTES: nội dung lớn sẽ không bao giờ vừa",
    ),
    "REDIS_URL_FORM": Text(
        "no address of Redis: redis://user:password@host:6379/0, special characters of a password as %40",
        "không phải địa chỉ Redis: redis://user:password@host:6379/0, ký tự đặc biệt trong mật khẩu viết dạng %40",
    ),
    "REDIS_URL_DATABASE": Text(
        "what follows the host must be the number of a database, 0 by default",
        "phần sau tên máy chủ phải là số của cơ sở dữ liệu, mặc định là 0",
    ),
    "REDIS_URL_OPTION": Text(
        "an option is not known or has a value it cannot have; known are: {known}",
        "có tùy chọn không tồn tại hoặc giá trị không hợp lệ; các tùy chọn được dùng: {known}",
    ),
    "DATABASE_URL_FORM": Text(
        "no address of a database, or an option that is not known: postgresql://user:password@host:5432/name",
        "không phải địa chỉ cơ sở dữ liệu, hoặc có tùy chọn không tồn tại: postgresql://user:password@host:5432/name",
    ),
    "REDIS_AWAY": Text("Redis does not answer: {reason}", "Redis không phản hồi: {reason}"),
    "CONFIG_OK": Text("Everything needed is there.", "Đã có đủ mọi thứ cần thiết."),
    "CONFIG_REQUIRED": Text("(required)", "(bắt buộc)"),
    "NOTHING_TO_MIGRATE": Text("nothing to do", "không có gì để làm"),
}
