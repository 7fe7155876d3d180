"""Records that are looked for."""

from libs.contracts.texts.problems.shapes import Problem

INVENTORY = (
    Problem(
        "ENTITY_NOT_FOUND", 404, "Unknown entity", "Loại bản ghi không tồn tại",
        "There is no such entity. Known are: {known}.",
        "Không có loại bản ghi này. Các loại hiện có: {known}.",
    ),
    Problem(
        "RECORD_NOT_FOUND", 404, "Record not found", "Không tìm thấy bản ghi",
        "This tenant has no such record.",
        "Đơn vị này không có bản ghi như vậy.",
    ),
)  # fmt: skip
