"""What the `sluice` command says of rules and findings."""

from libs.contracts.texts.text import Text

FINDINGS = {
    "COMMAND_RULES": Text("Run the rules, or list how they went.", "Chạy các quy tắc hoặc xem kết quả."),
    "COMMAND_FINDINGS": Text("List what rules have found.", "Liệt kê các phát hiện."),
    "COMMAND_DEADLINES": Text("List what is due when.", "Liệt kê các thời hạn."),
    "HELP_RULES": Text(
        "The rules of Law 91/2025/QH15 and of the tenant's own: run them over the inventory and say what has changed,"
        " or list what their last run has found.",
        "Các quy tắc theo Luật 91/2025/QH15 và quy tắc riêng của đơn vị: chạy trên danh mục và báo thay đổi, hoặc liệt"
        " kê kết quả lần chạy gần nhất.",
    ),
    "HELP_FINDINGS": Text(
        "List findings, those of the gravest rules first. It takes scope inventory:read.",
        "Liệt kê các phát hiện, nghiêm trọng trước. Cần quyền inventory:read.",
    ),
    "HELP_DEADLINES": Text(
        "List what is due, the most urgent first. It takes scope inventory:read.",
        "Liệt kê các thời hạn, gần nhất trước. Cần quyền inventory:read.",
    ),
    "OPTION_SEVERITY": Text("Only of this severity.", "Chỉ mức này."),
    "OPTION_CODE": Text("Only of this rule.", "Chỉ của quy tắc này."),
    "OPTION_ARTICLE": Text(
        "Only of rules that stand on this article or form: L21, D356 19.",
        "Chỉ của quy tắc dựa trên điều hoặc mẫu này: L21, D356 19, 'Mẫu 10'.",
    ),
    "OPTION_FINDING_ENTITY": Text("Only about records of this entity.", "Chỉ về loại bản ghi này."),
    "OPTION_FINDING_STATE": Text("Only in this state.", "Chỉ ở trạng thái này."),
    "OPTION_FINDING_LIMIT": Text("How many at most.", "Số lượng tối đa."),
    "OPTION_FINDINGS_CSV": Text("Write all of them as CSV to this file.", "Ghi tất cả dạng CSV vào tệp này."),
    "OPTION_DAYS": Text("How many days ahead.", "Số ngày tới."),
    "NO_FINDINGS": Text("No findings.", "Không có phát hiện nào."),
    "NO_DEADLINES": Text("Nothing is due.", "Không có thời hạn nào."),
    "RULES_CAME": Text(
        "{found:,} findings: {new:,} new, {still:,} as before, {resolved:,} resolved; {failed} rules failed",
        "{found:,} phát hiện: {new:,} mới, {still:,} như trước, {resolved:,} đã khắc phục; {failed} quy tắc lỗi",
    ),
    "RULE": Text("rule", "quy tắc"),
    "SEVERITY": Text("severity", "mức"),
    "FINDINGS_COUNT": Text("found", "phát hiện"),
    "NEW": Text("new", "mới"),
    "RESOLVED": Text("resolved", "đã khắc phục"),
    "ARTICLES": Text("articles", "điều luật"),
    "WHAT_IS_WRONG": Text("what is wrong", "nội dung"),
    "DAYS_LEFT": Text("days left", "còn (ngày)"),
    "STATE": Text("state", "trạng thái"),
}
