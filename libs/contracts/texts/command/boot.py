"""Why a service does not start, and what `sluice config check` and `sluice migrate` find."""

from libs.contracts.texts.text import Text

BOOT = {
    "SETTING_REQUIRED": Text("{name} is required", "{name} là bắt buộc"),
    "ADDRESS_REQUIRED": Text(
        "{name} is required, or {file} with the path of a file that holds it",
        "{name} là bắt buộc, hoặc {file} với đường dẫn tới tệp chứa giá trị đó",
    ),
    "SETTING_TWICE": Text(
        "{name} and {file} are both set: which of them counts? Keep one",
        "{name} và {file} cùng được đặt: dùng giá trị nào? Hãy giữ một",
    ),
    "SETTING_FILE": Text(
        "{name}: {path} cannot be read ({reason}): have it hold the value, and let the service read it",
        "{name}: không đọc được {path} ({reason}): hãy ghi giá trị vào tệp và cho dịch vụ quyền đọc",
    ),
    "SETTING_FILE_EMPTY": Text("{name}: {path} is empty", "{name}: {path} rỗng"),
    "FILES_KEYS": Text(
        "SLUICE_FILES_KEYS_FILE: {path} has no keys that can be read ({reason}): lines [default], "
        "aws_access_key_id = … and aws_secret_access_key = … are wanted",
        "SLUICE_FILES_KEYS_FILE: không đọc được khóa trong {path} ({reason}): cần các dòng [default], "
        "aws_access_key_id = … và aws_secret_access_key = …",
    ),
    "SETTING_INVALID": Text("{name}: {reason}", "{name} không hợp lệ: {reason}"),
    "SETTING_NO_KEYS": Text(
        "one of SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL is required: whose tokens count?",
        "cần một trong SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL: chấp nhận mã truy cập của ai?",
    ),
    "SETTING_AI_URL": Text(
        "SLUICE_AI_URL must begin with https:// or http://", "SLUICE_AI_URL phải bắt đầu bằng https:// hoặc http://"
    ),
    "SETTING_AI_MODEL": Text(
        "SLUICE_AI_URL needs SLUICE_AI_MODEL: which model is to be asked?",
        "SLUICE_AI_URL cần có SLUICE_AI_MODEL: hỏi mô hình nào?",
    ),
    "SETTING_WEBHOOK_URL": Text(
        "SLUICE_WEBHOOK_URL must be an address like https://hooks.example/sluice, without user, password or #",
        "SLUICE_WEBHOOK_URL phải là địa chỉ như https://hooks.example/sluice, không có tài khoản, mật khẩu hay #",
    ),
    "SETTING_WEBHOOK_PLAIN": Text(
        "SLUICE_WEBHOOK_URL must begin with https://; http:// is for SLUICE_WEBHOOK_ALLOWED_NETWORKS",
        "SLUICE_WEBHOOK_URL phải bắt đầu bằng https://; http:// chỉ dùng trong SLUICE_WEBHOOK_ALLOWED_NETWORKS",
    ),
    "SETTING_WEBHOOK_SECRET": Text(
        "SLUICE_WEBHOOK_URL needs SLUICE_WEBHOOK_SECRET_FILE: with what are webhooks signed?",
        "SLUICE_WEBHOOK_URL cần có SLUICE_WEBHOOK_SECRET_FILE: ký webhook bằng gì?",
    ),
    "SETTING_WEBHOOK_EVENTS": Text(
        "SLUICE_WEBHOOK_EVENTS: unknown {unknown}; known are {known}",
        "SLUICE_WEBHOOK_EVENTS: không biết {unknown}; các sự kiện: {known}",
    ),
    "SETTING_WEBHOOK_NETWORKS": Text(
        "SLUICE_WEBHOOK_ALLOWED_NETWORKS takes networks like 10.1.0.0/16,fd00::/8: {reason}",
        "SLUICE_WEBHOOK_ALLOWED_NETWORKS nhận các mạng như 10.1.0.0/16,fd00::/8: {reason}",
    ),
    "WEBHOOK_SECRET": Text(
        "The file of SLUICE_WEBHOOK_SECRET_FILE needs one to four lines of whsec_ and base64 of 24 to 64 bytes. "
        "Make one: echo whsec_$(head -c 32 /dev/urandom | base64)",
        "Tệp của SLUICE_WEBHOOK_SECRET_FILE cần một đến bốn dòng gồm whsec_ và base64 của 24 đến 64 byte. "
        "Tạo bằng: echo whsec_$(head -c 32 /dev/urandom | base64)",
    ),
    "WEBHOOK_ADDRESS": Text(
        "The host of SLUICE_WEBHOOK_URL is not public: list its network in SLUICE_WEBHOOK_ALLOWED_NETWORKS",
        "Máy chủ của SLUICE_WEBHOOK_URL không công khai: hãy ghi mạng của nó vào SLUICE_WEBHOOK_ALLOWED_NETWORKS",
    ),
    "SETTING_CONSOLE_URL": Text(
        "SLUICE_CONSOLE_URL must be an address like https://sluice.example/console, without a query",
        "SLUICE_CONSOLE_URL phải là địa chỉ như https://sluice.example/console, không có chuỗi truy vấn",
    ),
    "SETTING_OIDC_ISSUER": Text(
        "SLUICE_OIDC_ISSUER must be an address like https://login.example/realms/office, without a query",
        "SLUICE_OIDC_ISSUER phải là địa chỉ như https://login.example/realms/office, không có chuỗi truy vấn",
    ),
    "SETTING_OIDC_CLIENT": Text(
        "SLUICE_OIDC_ISSUER takes SLUICE_OIDC_CLIENT_ID: as whom does the console ask?",
        "SLUICE_OIDC_ISSUER cần có SLUICE_OIDC_CLIENT_ID: bảng điều khiển hỏi với danh nghĩa nào?",
    ),
    "SETTING_OIDC_TENANT": Text(
        "SLUICE_OIDC_TENANT must be the UUID of a tenant", "SLUICE_OIDC_TENANT phải là UUID của một đơn vị"
    ),
    "SETTING_ROLES": Text(
        "SLUICE_OIDC_ROLES and SLUICE_PROXY_ROLES take pairs like staff=operate,admins=admin; roles are {known}",
        "SLUICE_OIDC_ROLES và SLUICE_PROXY_ROLES nhận các cặp như staff=operate,admins=admin; các vai trò là {known}",
    ),
    "SETTING_NETWORKS": Text(
        "SLUICE_PROXY_NETWORKS takes addresses and networks, like 10.0.0.0/8,192.168.1.7",
        "SLUICE_PROXY_NETWORKS nhận địa chỉ và dải mạng, như 10.0.0.0/8,192.168.1.7",
    ),
    "SETTING_BODY_MEMORY": Text(
        "SLUICE_BODY_MEMORY_BYTES must not be below SLUICE_MAX_BODY_BYTES: no large body would ever fit",
        "SLUICE_BODY_MEMORY_BYTES không được nhỏ hơn SLUICE_MAX_BODY_BYTES: nội dung lớn sẽ không bao giờ vừa",
    ),
    "REDIS_DATABASE": Text(
        "SLUICE_REDIS_URL: what follows the host must be the number of a database, 0 by default",
        "SLUICE_REDIS_URL: phần sau tên máy chủ phải là số của cơ sở dữ liệu, mặc định là 0",
    ),
    "REDIS_OPTION": Text(
        "SLUICE_REDIS_URL: an option is not known or has a value it cannot have; known are: {known}",
        "SLUICE_REDIS_URL: có tùy chọn không tồn tại hoặc giá trị không hợp lệ; các tùy chọn được dùng: {known}",
    ),
    "REDIS_UNSEEN": Text(
        "Redis refuses CONFIG GET: allow it, so that appendonly and appendfsync can be checked; where that cannot be, "
        "state them: SLUICE_REDIS_STATED=appendonly=yes,appendfsync=always,maxmemory-policy=noeviction",
        "Redis từ chối CONFIG GET: hãy cho phép để kiểm tra được appendonly và appendfsync; nếu không thể, hãy khai "
        "báo: SLUICE_REDIS_STATED=appendonly=yes,appendfsync=always,maxmemory-policy=noeviction",
    ),
    "REDIS_STATED": Text(
        "SLUICE_REDIS_STATED takes appendonly=yes,appendfsync=always,maxmemory-policy=noeviction: what the server has",
        "SLUICE_REDIS_STATED nhận appendonly=yes,appendfsync=always,maxmemory-policy=noeviction: như máy chủ đang đặt",
    ),
    "REDIS_UNPROVEN": Text(
        "Redis refuses CONFIG GET and WAITAOF: what is stated of it cannot be proved; allow one of them",
        "Redis từ chối cả CONFIG GET lẫn WAITAOF: không thể kiểm chứng điều đã khai báo; hãy cho phép một trong hai",
    ),
    "REDIS_NOT_DURABLE": Text(
        "Redis must run with appendonly yes and appendfsync always: an acknowledged batch must be on disk",
        "Redis phải chạy với appendonly yes và appendfsync always: lô đã xác nhận phải nằm trên đĩa",
    ),
    "REDIS_EVICTS": Text(
        "Redis must run with maxmemory-policy noeviction: it holds what is not yet written",
        "Redis phải chạy với maxmemory-policy noeviction: nó giữ những gì chưa được ghi",
    ),
    "CONFIG_OK": Text("Everything needed is there.", "Đã có đủ mọi thứ cần thiết."),
    "CONFIG_REQUIRED": Text("(required)", "(bắt buộc)"),
    "NOTHING_TO_MIGRATE": Text("nothing to do", "không có gì để làm"),
    # What is found of the surroundings; each names what to mend.
    "DATABASE_ADDRESS": Text(
        "SLUICE_DATABASE_URL is no address of a database, or has an option that libpq does not know: "
        "postgresql://user:password@host:5432/name, with @ : / ? # in the password as %40 %3A %2F %3F %23",
        "SLUICE_DATABASE_URL không phải là địa chỉ cơ sở dữ liệu, hoặc có tùy chọn mà libpq không biết: "
        "postgresql://user:password@host:5432/name, các ký tự @ : / ? # trong mật khẩu viết là %40 %3A %2F %3F %23",
    ),
    "DATABASE_AWAY": Text("PostgreSQL does not let us in: {reason}", "Không kết nối được PostgreSQL: {reason}"),
    "DATABASE_TLS": Text(
        "PostgreSQL is not trusted: {reason}. In SLUICE_DATABASE_URL, sslrootcert is to name the file with the "
        "certificate of the authority that signed the server's, and host a name that the server's certificate bears",
        "Không tin cậy được PostgreSQL: {reason}. Trong SLUICE_DATABASE_URL, sslrootcert phải chỉ tới tệp chứng chỉ "
        "của cơ quan đã ký chứng chỉ máy chủ, và host phải là tên có trong chứng chỉ đó",
    ),
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
    "CITUS_MISSING": Text(
        "Database {database} has no extension citus, so there are no nodes to spread its tables over. On every node: "
        "shared_preload_libraries = 'citus', a restart, CREATE EXTENSION citus; then here "
        "SELECT citus_set_coordinator_host('HOST', 5432) and SELECT citus_add_node('HOST', 5432) for each worker",
        "Cơ sở dữ liệu {database} chưa có phần mở rộng citus nên không có nút nào để phân tán các bảng. Trên mỗi nút: "
        "shared_preload_libraries = 'citus', khởi động lại, CREATE EXTENSION citus; sau đó tại đây chạy "
        "SELECT citus_set_coordinator_host('HOST', 5432) và SELECT citus_add_node('HOST', 5432) cho từng nút worker",
    ),
    "DISTRIBUTION_RUNS": Text(
        "Somebody is spreading the tables of this database over its nodes: nothing was changed. Wait until that has "
        "ended; if it has stopped half-way, run the same again",
        "Đang có một lần phân tán các bảng của cơ sở dữ liệu này: chưa thay đổi gì. Hãy đợi lần đó kết thúc; nếu nó "
        "dừng giữa chừng, hãy chạy lại",
    ),
    "DISTRIBUTION_STOPPED": Text(
        "The statement that was said last was refused: {reason}. What was done before it stays. Mend what it names and "
        "run the same again",
        "Câu lệnh in ra sau cùng bị từ chối: {reason}. Những việc đã làm trước đó vẫn được giữ. Hãy sửa theo thông báo "
        "rồi chạy lại",
    ),
    "REDIS_ADDRESS": Text(
        "SLUICE_REDIS_URL is no address of a Redis: redis://user:password@host:6379/0, "
        "redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379, "
        "with @ : / ? # in the password as %40 %3A %2F %3F %23",
        "SLUICE_REDIS_URL không phải là địa chỉ Redis: redis://user:password@host:6379/0, "
        "redis+sentinel://host:26379,host:26379/tên hoặc redis+cluster://host:6379,host:6379, "
        "các ký tự @ : / ? # trong mật khẩu viết là %40 %3A %2F %3F %23",
    ),
    "REDIS_REPLICAS": Text(
        "At an address that fails over, what is acknowledged must be on a replica, too: "
        "SLUICE_REDIS_REPLICAS is to be 1 or more",
        "Với địa chỉ có chuyển đổi dự phòng, dữ liệu đã xác nhận phải có cả trên bản sao: "
        "SLUICE_REDIS_REPLICAS phải từ 1 trở lên",
    ),
    "REDIS_AWAY": Text(
        "Redis does not answer, or does not let us in: {reason}",
        "Redis không phản hồi, hoặc không cho kết nối: {reason}",
    ),
    "REDIS_TLS": Text(
        "Redis is not trusted: {reason}. In SLUICE_REDIS_URL, ssl_ca_certs is to name the file with the certificate "
        "of the authority that signed the server's, and the host is to be a name that the server's certificate bears",
        "Không tin cậy được Redis: {reason}. Trong SLUICE_REDIS_URL, ssl_ca_certs phải chỉ tới tệp chứng chỉ của cơ "
        "quan đã ký chứng chỉ máy chủ, và tên máy chủ phải có trong chứng chỉ đó",
    ),
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
    "JWKS_URL": Text(
        "SLUICE_JWKS_URL is no address of keys: an http or https URL is needed",
        "SLUICE_JWKS_URL không phải là địa chỉ khóa: cần một URL http hoặc https",
    ),
    "JWKS_FILE": Text(
        "The file of SLUICE_JWKS_FILE is no JWK set with a public key that verifies",
        "Tệp của SLUICE_JWKS_FILE không phải là bộ JWK có khóa công khai dùng để kiểm chữ ký",
    ),
    "SECRET_SHORT": Text(
        "The secret in the file of SLUICE_TOKEN_SECRET_FILE needs {least} bytes at least. "
        "Make one: head -c 48 /dev/urandom | base64",
        "Bí mật trong tệp của SLUICE_TOKEN_SECRET_FILE cần ít nhất {least} byte. "
        "Tạo bằng: head -c 48 /dev/urandom | base64",
    ),
    "SECRET_IS_A_KEY": Text(
        "The file of SLUICE_TOKEN_SECRET_FILE holds half of a key pair, not a secret. Public keys go into "
        "SLUICE_JWKS_FILE",
        "Tệp của SLUICE_TOKEN_SECRET_FILE chứa một nửa của cặp khóa, không phải bí mật. Khóa công khai đặt trong "
        "SLUICE_JWKS_FILE",
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
}
