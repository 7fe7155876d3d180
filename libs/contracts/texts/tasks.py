"""What the API tells of a task: the lines of its story by their codes, and its end.

A type adds what its function logs (`Context.log`) to `STORY`; why a task failed is a problem of the catalogue. A line's
parameters are names, numbers and codes, never a value of a file or a record.
"""

from collections import defaultdict
from typing import Any

from libs.contracts.texts.problems import PROBLEMS
from libs.contracts.texts.text import Text

STORY = {
    "OPENED": Text("Accepted", "Đã tiếp nhận"),
    "CLAIMED": Text("Attempt {attempt} begins", "Bắt đầu lần chạy thứ {attempt}"),
    "TAKEN_OVER": Text(
        "Its processor died; attempt {attempt} goes on with it",
        "Bộ xử lý bị dừng đột ngột; lần chạy thứ {attempt} sẽ tiếp tục",
    ),
    "CANCEL_ASKED": Text("Its end was asked for. {reason}", "Có yêu cầu hủy. {reason}"),
    "RETRY_ASKED": Text("Another try was asked for. {reason}", "Có yêu cầu chạy lại. {reason}"),
    "STAGE": Text("{stage}", "{stage_vi}"),
    "PUT_OFF": Text(
        "Tried again in {seconds} seconds. {why}",
        "Sẽ thử lại sau {seconds} giây. {why_vi}",
    ),
    "HANDED_BACK": Text(
        "Its processor shuts down; another one goes on with it", "Bộ xử lý đang dừng; bộ xử lý khác sẽ chạy tiếp"
    ),
    "AI_WITHOUT": Text(
        "The AI provider gave no advice ({reason}); the mapping is made without it",
        "Nhà cung cấp AI không trả lời được ({reason}); ánh xạ được tạo mà không cần AI",
    ),
    "AI_NOT_SET": Text(
        "No AI provider is set; the mapping is made without it",
        "Chưa thiết lập nhà cung cấp AI; ánh xạ được tạo mà không cần AI",
    ),
    "SEGMENT_SETTLED": Text(
        "Rows {first} to {last}: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected, "
        "{failed} failed, {cancelled} cancelled",
        "Dòng {first} đến {last}: tạo mới {created}, cập nhật {updated}, không đổi {unchanged}, từ chối {rejected}, "
        "lỗi {failed}, hủy {cancelled}",
    ),
    "SEGMENT_LOST": Text(
        "Rows {first} to {last} were lost on their way ({error}), and are sent again",
        "Dòng {first} đến {last} bị mất trên đường ghi ({error}) và được gửi lại",
    ),
    "BACKLOG": Text(
        "More waits to be written than may wait ({error}); rows are read again once there is room",
        "Dữ liệu chờ ghi đã đầy ({error}); sẽ đọc tiếp khi có chỗ",
    ),
    "MENDED": Text(
        "{records} rejected records were mended and sent again. {reason}",
        "{records} bản ghi bị từ chối đã được sửa và gửi lại. {reason}",
    ),
    "BACKUP_VERIFIED": Text(
        "Restored into a scratch database: all {tables} tables were found equal",
        "Đã phục hồi thử vào cơ sở dữ liệu tạm: cả {tables} bảng đều khớp",
    ),
    "LEDGER_WAITS": Text(
        "Batches are left for the next time: statistics have not counted all of them yet, since a transaction is open "
        "for long",
        "Chưa xóa lô dữ liệu lần này: số liệu chưa được đếm hết vì có giao dịch mở quá lâu",
    ),
    "BULK_COUNTED": Text("{count} jobs match", "Có {count} tác vụ khớp"),
    "RULE_FAILED": Text(
        "Rule {rule} did not go through ({sqlstate}); the others run",
        "Quy tắc {rule} không chạy được ({sqlstate}); các quy tắc khác vẫn chạy",
    ),
    "ENDED_COMPLETED": Text("Completed", "Hoàn thành"),
    "ENDED_FAILED": Text("Failed. {why}", "Thất bại. {why_vi}"),
    "ENDED_CANCELLED": Text("Cancelled", "Đã hủy"),
}
UNEXPECTED = Text(
    "Something that nobody foresaw ({code}); try again, and tell the operators if it stays so",
    "Lỗi không lường trước ({code}); hãy chạy lại và báo cho người vận hành nếu lỗi lặp lại",
)


class _Open:
    """A parameter that is not there, in whatever format it is wanted."""

    def __format__(self, spec: str) -> str:
        return "…"


def told(code: str, params: dict[str, Any]) -> tuple[str, str]:
    """A line of a task's story, or why a task failed, in English and Vietnamese.

    What is not among the parameters, of a line that another version wrote, is left open.
    """
    known = defaultdict(_Open, {"code": code, **params})
    if isinstance(error := params.get("error"), str) and error not in STORY:
        known["why"], known["why_vi"] = told(error, {name: params[name] for name in params.keys() - {"error"}})
    if code in PROBLEMS and code not in STORY:
        problem = PROBLEMS[code]
        return problem.detail.format_map(known), problem.detail_vi.format_map(known)
    text = STORY.get(code, UNEXPECTED)
    return text.en.format_map(known).strip(), text.vi.format_map(known).strip()
