"""Statistics that are refused."""

from libs.contracts.texts.problems.shapes import Problem

STATISTICS = (
    Problem(
        "STATISTICS_SPAN", 422, "Span of time not possible", "Khoảng thời gian không hợp lệ",
        '"to" must be after "from", by {limit} steps at most. Ask for a shorter time, or for a longer step.',
        '"to" phải sau "from" và cách nhau tối đa {limit} bước. Hãy chọn khoảng thời gian ngắn hơn hoặc bước dài hơn.',
    ),
)  # fmt: skip
