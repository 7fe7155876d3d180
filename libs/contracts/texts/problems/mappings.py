"""Mappings that are refused."""

from libs.contracts.texts.problems.shapes import Problem

MAPPINGS = (
    Problem(
        "MAPPING_NOT_FOUND", 404, "Mapping not found", "Không tìm thấy ánh xạ",
        "This tenant has no such mapping.",
        "Đơn vị này không có ánh xạ đó.",
    ),
    Problem(
        "MAPPING_NOT_APPROVED", 409, "Mapping not approved", "Ánh xạ chưa được duyệt",
        "The mapping's newest version is a proposal. Look at its preview and POST its approve link first.",
        "Phiên bản mới nhất của ánh xạ mới chỉ là đề xuất. Hãy xem thử rồi gọi liên kết approve trước.",
    ),
    Problem(
        "MAPPING_CHANGED", 412, "Mapping changed", "Ánh xạ đã thay đổi",
        "The mapping has a newer version than the one named. Read it again and repeat the change.",
        "Ánh xạ đã có phiên bản mới hơn phiên bản được nêu. Hãy đọc lại rồi thực hiện lại thay đổi.",
    ),
    Problem(
        "MAPPING_INVALID", 422, "Invalid mapping", "Ánh xạ không hợp lệ",
        "The mapping does not fit: {reason} See `pointer`.",
        "Ánh xạ không phù hợp: {reason_vi} Xem `pointer`.",
    ),
    Problem(
        "MAPPING_INCOMPLETE", 422, "Mapping incomplete", "Ánh xạ chưa đủ",
        "No column and no constant gives what every record must have: {missing}. Map a column to each, or set a constant.",
        "Không cột hay hằng số nào cho các trường mà bản ghi nào cũng phải có: {missing}. Hãy ánh xạ một cột hoặc đặt hằng số cho từng trường.",
    ),
    Problem(
        "MAPPING_ENTITY", 422, "Mapping of another kind", "Ánh xạ cho loại khác",
        "The mapping is not for this kind of record.",
        "Ánh xạ này không dành cho loại bản ghi đó.",
    ),
    Problem(
        "VERSION_REQUIRED", 428, "If-Match required", "Cần If-Match",
        "Say with If-Match which version is meant: its ETag.",
        "Hãy nêu phiên bản bằng If-Match: giá trị ETag của nó.",
    ),
)  # fmt: skip
