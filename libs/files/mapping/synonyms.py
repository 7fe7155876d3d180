"""What people call the fields of a record, in Vietnamese and English: the headers that files really have.

Names are compared folded (`words.folded`), so spelling, case and diacritics do not matter. A field's own name is known
without being listed.
"""

from functools import cache

from libs.contracts.records import ENTITIES
from libs.files.mapping.words import folded

SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "processing-activities": {
        "external_id": (
            "mã hoạt động",
            "mã số",
            "mã",
            "stt",
            "số thứ tự",
            "id",
            "code",
            "activity code",
            "activity id",
            "ref",
        ),
        "activity_name_vi": (
            "tên hoạt động",
            "hoạt động xử lý",
            "tên hoạt động xử lý",
            "hoạt động",
            "nghiệp vụ",
            "quy trình",
            "activity",
            "activity name",
            "processing activity",
            "name",
            "process",
            "process name",
        ),
        "activity_name_en": (
            "tên tiếng anh",
            "tên hoạt động (tiếng anh)",
            "english name",
            "name (en)",
            "activity name (english)",
        ),
        "purpose_vi": ("mục đích", "mục đích xử lý", "purpose", "purposes", "purpose of processing", "data use"),
        "purpose_en": ("mục đích (tiếng anh)", "purpose (en)", "purpose (english)"),
        "legal_basis": (
            "căn cứ pháp lý",
            "cơ sở pháp lý",
            "căn cứ",
            "cơ sở",
            "căn cứ xử lý",
            "legal basis",
            "lawful basis",
            "legal ground",
            "legal basis for processing",
        ),
        "data_source_vi": ("nguồn dữ liệu", "nguồn thu thập", "nguồn", "data source", "source", "source of data"),
        "data_source_en": ("nguồn dữ liệu (tiếng anh)", "data source (en)"),
        "retention_period_months": (
            "thời gian lưu trữ",
            "thời hạn lưu trữ",
            "thời gian lưu",
            "thời hạn lưu giữ",
            "số tháng lưu trữ",
            "retention",
            "retention period",
            "retention (months)",
            "storage period",
        ),
        "has_automated_decision_making": (
            "ra quyết định tự động",
            "quyết định tự động",
            "xử lý tự động",
            "automated decision making",
            "automated decisions",
            "profiling",
        ),
        "requires_dpia": ("cần đánh giá tác động", "đánh giá tác động", "dpia", "requires dpia", "dpia required"),
        "data_category_external_ids": (
            "loại dữ liệu",
            "các loại dữ liệu",
            "danh mục dữ liệu",
            "dữ liệu xử lý",
            "loại dữ liệu cá nhân",
            "data categories",
            "data category",
            "categories",
            "data types",
        ),
        "recipient_external_ids": (
            "bên nhận",
            "người nhận",
            "bên nhận dữ liệu",
            "đối tác",
            "recipients",
            "recipient",
            "vendors",
        ),
        "transfer_external_ids": ("mã chuyển", "chuyển giao", "data transfers", "transfers", "transfer ids"),
    },
    "data-categories": {
        "external_id": ("mã loại dữ liệu", "mã loại", "mã", "stt", "id", "code", "key", "fides key"),
        "name_vi": ("tên loại dữ liệu", "loại dữ liệu", "tên", "tên dữ liệu", "name", "data category", "category"),
        "name_en": ("tên tiếng anh", "english name", "name (en)"),
        "category_type": (
            "phân loại",
            "loại",
            "tính chất",
            "nhóm dữ liệu",
            "type",
            "category type",
            "sensitivity",
            "classification",
        ),
        "description_vi": ("mô tả", "diễn giải", "ghi chú", "description", "notes"),
        "description_en": ("mô tả (tiếng anh)", "description (en)"),
    },
    "recipients": {
        "external_id": ("mã bên nhận", "mã đối tác", "mã", "stt", "id", "code", "vendor id"),
        "name_vi": (
            "tên bên nhận",
            "tên đối tác",
            "tên tổ chức",
            "tên công ty",
            "tên",
            "bên nhận",
            "name",
            "recipient",
            "vendor",
            "company",
        ),
        "name_en": ("tên tiếng anh", "english name", "name (en)"),
        "recipient_type": ("loại bên nhận", "vai trò", "loại", "tư cách", "type", "role", "recipient type"),
        "country_code": ("quốc gia", "nước", "mã quốc gia", "country", "country code"),
        "contact": (
            "liên hệ",
            "thông tin liên hệ",
            "địa chỉ liên hệ",
            "email",
            "điện thoại",
            "contact",
            "contact details",
        ),
    },
    "data-transfers": {
        "external_id": ("mã chuyển", "mã chuyển giao", "mã", "stt", "id", "code", "transfer id"),
        "name_vi": (
            "tên",
            "tên hoạt động chuyển",
            "hoạt động chuyển",
            "nội dung chuyển",
            "name",
            "transfer",
            "transfer name",
        ),
        "name_en": ("tên tiếng anh", "english name", "name (en)"),
        "destination_country": (
            "quốc gia đích",
            "nước đến",
            "quốc gia nhận",
            "nước nhận",
            "destination",
            "destination country",
            "country",
        ),
        "recipient_name": ("tên bên nhận", "bên nhận", "bên nhận dữ liệu", "recipient", "importer", "recipient name"),
        "purpose_vi": ("mục đích", "mục đích chuyển", "purpose"),
        "purpose_en": ("mục đích (tiếng anh)", "purpose (en)"),
        "transfer_basis": (
            "cơ sở chuyển",
            "căn cứ chuyển",
            "cơ chế chuyển",
            "basis",
            "transfer basis",
            "transfer mechanism",
            "safeguards",
        ),
        "data_subject_count": (
            "số lượng chủ thể",
            "số chủ thể dữ liệu",
            "số người",
            "data subjects",
            "number of data subjects",
        ),
        "started_on": ("ngày bắt đầu", "từ ngày", "start date", "started"),
        "dossier_filed_on": ("ngày nộp hồ sơ", "ngày gửi hồ sơ", "filed on", "dossier date"),
    },
}

VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "legal_basis": {
        "consent": ("sự đồng ý", "đồng ý", "chấp thuận", "consent", "sự đồng ý của chủ thể dữ liệu"),
        "contract": ("hợp đồng", "thực hiện hợp đồng", "contract", "thỏa thuận", "performance of a contract"),
        "legal_obligation": ("nghĩa vụ pháp lý", "theo luật", "quy định pháp luật", "luật định", "legal obligation"),
        "vital_interests": ("bảo vệ tính mạng", "tính mạng sức khỏe", "lợi ích sống còn", "vital interests"),
        "emergency_security": ("tình trạng khẩn cấp", "khẩn cấp", "an ninh quốc gia", "emergency"),
        "public_authority": ("cơ quan nhà nước", "hoạt động của cơ quan nhà nước", "public authority", "public task"),
    },
    "category_type": {
        "basic": ("cơ bản", "thường", "dữ liệu cơ bản", "dữ liệu cá nhân cơ bản", "basic", "normal"),
        "sensitive": ("nhạy cảm", "dữ liệu nhạy cảm", "dữ liệu cá nhân nhạy cảm", "sensitive", "special"),
    },
    "recipient_type": {
        "internal": ("nội bộ", "trong công ty", "internal"),
        "controller": ("bên kiểm soát", "bên kiểm soát dữ liệu", "kiểm soát", "controller"),
        "controller_processor": ("bên kiểm soát và xử lý", "kiểm soát và xử lý", "controller processor"),
        "processor": ("bên xử lý", "bên xử lý dữ liệu", "xử lý", "processor", "vendor"),
        "third_party": ("bên thứ ba", "third party", "bên thứ 3"),
        "public_authority": ("cơ quan nhà nước", "nhà nước", "public authority", "authority"),
    },
}
"""What people write for the values of fields that take one of a few."""


@cache
def names_of(entity: str) -> dict[str, tuple[str, ...]]:
    """The folded names of each field that a column may become, the field's own first."""
    fields = dict.fromkeys([*ENTITIES[entity].record.__struct_fields__, *SYNONYMS[entity]])
    return {name: tuple(dict.fromkeys((folded(name), *map(folded, SYNONYMS[entity].get(name, ()))))) for name in fields}
