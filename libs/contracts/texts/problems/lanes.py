"""Lanes that are steered."""

from libs.contracts.texts.problems.shapes import Problem

LANES = (
    Problem(
        "LANE_NOT_FOUND", 404, "Unknown lane", "Làn không tồn tại",
        "There is no such lane. Known are: {known}.",
        "Không có làn này. Các làn hiện có: {known}.",
    ),
)  # fmt: skip
