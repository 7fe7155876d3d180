"""What people write for the values of fields that take one of a few, in Vietnamese and English."""

from libs.contracts.texts.legal_codes import LEGAL_CODES

_ROLES: dict[str, tuple[str, ...]] = {
    "controller": (
        "bên kiểm soát", "bên kiểm soát dữ liệu", "bên kiểm soát dữ liệu cá nhân", "kiểm soát", "controller",
    ),
    "controller_processor": (
        "bên kiểm soát và xử lý", "kiểm soát và xử lý", "bên kiểm soát và xử lý dữ liệu cá nhân",
        "controller processor", "controller and processor",
    ),
    "processor": ("bên xử lý", "bên xử lý dữ liệu", "bên xử lý dữ liệu cá nhân", "xử lý", "processor"),
    "third_party": ("bên thứ ba", "third party", "bên thứ 3"),
}  # fmt: skip

_SHORT: dict[str, tuple[str, ...]] = {
    "B01": ("họ tên", "họ và tên", "full name", "name"),
    "B03": ("ngày sinh", "năm sinh", "birthday"),
    "B08": ("địa chỉ thường trú", "hộ khẩu thường trú"),
    "B09": ("địa chỉ tạm trú",),
    "B12": ("địa chỉ", "address"),
    "B14": ("ảnh", "ảnh chân dung", "photo"),
    "B15": ("điện thoại", "số di động", "phone number", "phone"),
    "B16": ("số căn cước", "số cccd", "số cmnd", "cccd", "personal id number"),
    "B18": ("giấy phép lái xe", "driver's licence number"),
    "B19": ("biển số xe", "license plate"),
    "B21": ("quan hệ gia đình", "gia đình", "family"),
    "B22": ("tài khoản số", "email", "digital account"),
    "B23": ("khác", "other"),
    "S01": ("dân tộc", "chủng tộc", "ethnicity"),
    "S03": ("tôn giáo", "religion"),
    "S05": ("sức khỏe", "bệnh án", "health"),
    "S06": ("sinh trắc học", "vân tay", "khuôn mặt", "biometrics"),
    "S08": ("tiền án tiền sự", "criminal record"),
    "S09": ("vị trí", "định vị", "location"),
    "S11": ("ảnh căn cước", "ảnh cccd", "images of identity documents"),
    "S13": ("tài khoản ngân hàng", "thẻ ngân hàng", "lịch sử giao dịch", "bank account"),
    "S14": ("tài chính", "tín dụng", "credit"),
    "S15": ("hành vi trên mạng", "theo dõi hành vi", "online behaviour"),
}
"""How people call some of the law's kinds of data, beside the law's own words."""

VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "legal_basis": {
        "consent": ("sự đồng ý", "đồng ý", "chấp thuận", "consent", "sự đồng ý của chủ thể dữ liệu"),
        "contract": ("hợp đồng", "thực hiện hợp đồng", "contract", "thỏa thuận", "performance of a contract"),
        "legal_obligation": ("nghĩa vụ pháp lý", "theo luật", "quy định pháp luật", "luật định", "legal obligation"),
        "vital_interests": ("bảo vệ tính mạng", "tính mạng sức khỏe", "lợi ích sống còn", "vital interests"),
        "emergency_security": ("tình trạng khẩn cấp", "khẩn cấp", "an ninh quốc gia", "emergency"),
        "public_authority": ("cơ quan nhà nước", "hoạt động của cơ quan nhà nước", "public authority", "public task"),
        # No basis of this law: the record is refused, and told why.
        "legitimate_interest": ("lợi ích hợp pháp", "legitimate interests", "legitimate interest"),
    },
    "category_type": {
        "basic": ("cơ bản", "thường", "dữ liệu cơ bản", "dữ liệu cá nhân cơ bản", "basic", "normal"),
        "sensitive": ("nhạy cảm", "dữ liệu nhạy cảm", "dữ liệu cá nhân nhạy cảm", "sensitive", "special"),
    },
    "role": _ROLES,
    "legal_code": {code: (text.vi, text.en, *_SHORT.get(code, ())) for code, text in LEGAL_CODES.items()},
    "recipient_type": {
        "internal": ("nội bộ", "trong công ty", "internal"),
        **_ROLES,
        "processor": (*_ROLES["processor"], "vendor"),
        "public_authority": ("cơ quan nhà nước", "nhà nước", "public authority", "authority"),
    },
}

COUNTRIES: dict[str, tuple[str, ...]] = {
    "AE": ("các tiểu vương quốc ả rập thống nhất", "uae", "united arab emirates"),
    "AU": ("úc", "australia"),
    "BE": ("bỉ", "belgium"),
    "BR": ("brazil", "brasil"),
    "CA": ("canada",),
    "CH": ("thụy sĩ", "switzerland"),
    "CN": ("trung quốc", "china", "prc"),
    "DE": ("đức", "germany"),
    "DK": ("đan mạch", "denmark"),
    "ES": ("tây ban nha", "spain"),
    "FI": ("phần lan", "finland"),
    "FR": ("pháp", "france"),
    "GB": ("anh", "vương quốc anh", "united kingdom", "uk", "england"),
    "HK": ("hồng kông", "hong kong"),
    "ID": ("indonesia",),
    "IE": ("ireland", "ai len"),
    "IL": ("israel",),
    "IN": ("ấn độ", "india"),
    "IT": ("ý", "italia", "italy"),
    "JP": ("nhật bản", "nhật", "japan"),
    "KH": ("campuchia", "cambodia"),
    "KR": ("hàn quốc", "korea", "south korea", "republic of korea"),
    "LA": ("lào", "laos"),
    "LU": ("luxembourg",),
    "MM": ("myanmar",),
    "MY": ("malaysia", "mã lai"),
    "NL": ("hà lan", "netherlands", "the netherlands"),
    "NO": ("na uy", "norway"),
    "NZ": ("new zealand",),
    "PH": ("philippines", "phi líp pin"),
    "PL": ("ba lan", "poland"),
    "RU": ("nga", "liên bang nga", "russia"),
    "SE": ("thụy điển", "sweden"),
    "SG": ("singapore", "xin ga po"),
    "TH": ("thái lan", "thailand"),
    "TW": ("đài loan", "taiwan"),
    "US": ("mỹ", "hoa kỳ", "usa", "united states", "united states of america"),
    "VN": ("việt nam", "vietnam"),
}
"""Countries that Vietnamese companies send data to; all others by their codes."""
