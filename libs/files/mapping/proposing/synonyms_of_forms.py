"""What people call the fields that the law's forms ask for, beside what scanners know: see `synonyms`."""

AGREEMENT = (
    "số hợp đồng", "hợp đồng", "thỏa thuận", "hợp đồng xử lý dữ liệu", "thỏa thuận xử lý dữ liệu", "contract",
    "contract no", "contract number", "agreement", "dpa", "dpa reference", "agreement reference",
)  # fmt: skip

SYNONYMS_OF_FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "processing-activities": {
        "role": (
            "vai trò", "vai trò của tổ chức", "vai trò xử lý", "tư cách", "role", "our role", "controller or processor",
        ),
        "subject_group": (
            "chủ thể dữ liệu", "nhóm chủ thể dữ liệu", "nhóm chủ thể", "đối tượng chủ thể dữ liệu",
            "loại chủ thể dữ liệu", "đối tượng dữ liệu", "data subjects", "categories of data subjects",
            "data subject categories", "data subject group",
        ),
        "data_subject_count": (
            "số lượng chủ thể dữ liệu", "số chủ thể dữ liệu", "số lượng chủ thể", "number of data subjects",
            "data subject count", "no. of data subjects",
        ),
        "started_on": ("ngày bắt đầu", "ngày bắt đầu xử lý", "bắt đầu từ", "start date", "processing since", "started"),
        "consent_method": (
            "phương thức đồng ý", "hình thức đồng ý", "cách lấy sự đồng ý", "hình thức lấy đồng ý",
            "phương thức thể hiện sự đồng ý", "consent method", "method of consent", "consent mechanism",
            "how consent is obtained",
        ),
        "sensitive_notice": (
            "thông báo dữ liệu nhạy cảm", "đã thông báo dữ liệu nhạy cảm", "sensitive data notice", "sensitive notice",
        ),
        "operations": (
            "thao tác xử lý", "các thao tác xử lý", "cách thức xử lý", "operations", "processing operations",
            "nature of processing",
        ),
        "deletion_method": (
            "phương thức xóa", "cách xóa dữ liệu", "biện pháp xóa hủy", "xóa hủy dữ liệu", "quy định xóa hủy",
            "deletion method", "erasure method", "disposal method", "method of deletion",
        ),
        "security_measures_vi": (
            "biện pháp bảo mật", "biện pháp bảo vệ", "biện pháp bảo vệ dữ liệu", "biện pháp an toàn",
            "biện pháp kỹ thuật", "security measures", "technical and organisational measures", "security controls",
        ),
        "system_location": (
            "nơi lưu trữ", "nơi lưu trữ dữ liệu", "địa điểm lưu trữ", "vị trí máy chủ", "nơi đặt máy chủ",
            "hệ thống lưu trữ", "storage location", "data location", "system location", "server location",
        ),
    },
    "data-categories": {
        "legal_code": (
            "mã pháp lý", "loại theo nghị định", "loại theo luật", "mục theo nghị định 356", "mã theo nghị định 356",
            "legal code", "legal category", "category under the decree",
        ),
    },
    "recipients": {
        "tax_code": ("mã số thuế", "mst", "mã số doanh nghiệp", "tax code", "tax id", "tax number", "vat number"),
        "dpo_contact": (
            "dpo", "đầu mối bảo vệ dữ liệu", "nhân sự bảo vệ dữ liệu", "cán bộ bảo vệ dữ liệu", "dpo contact",
            "data protection officer", "data protection contact",
        ),
        "agreement_ref": AGREEMENT,
        "agreement_date": (
            "ngày hợp đồng", "ngày ký hợp đồng", "ngày ký", "ngày ký kết", "contract date", "agreement date",
            "signed on",
        ),
        "service": ("dịch vụ", "dịch vụ hợp tác", "dịch vụ cung cấp", "service", "services", "service provided"),
    },
    "data-transfers": {
        "transfer_case": ("trường hợp chuyển", "trường hợp chuyển dữ liệu", "transfer case", "case of transfer"),
        "exemption_code": ("căn cứ miễn", "căn cứ miễn trừ", "trường hợp miễn trừ", "exemption", "exemption code"),
        "agreement_ref": (*AGREEMENT, "hợp đồng chuyển dữ liệu", "transfer agreement"),
        "receiver_measures": (
            "biện pháp bảo vệ của bên nhận", "biện pháp bảo mật của bên nhận", "biện pháp của bên nhận",
            "receiver measures", "recipient measures", "importer measures",
        ),
        "onward_transfer": (
            "chuyển tiếp", "chuyển tiếp cho bên thứ ba", "chuyển tiếp dữ liệu", "onward transfer", "onward transfers",
        ),
    },
}  # fmt: skip
