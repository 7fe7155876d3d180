"""What the page says that shows what happens now."""

from libs.contracts.texts.text import Text

NOW = {
    "NOW": Text("Now", "Hiện tại"),
    "NOW_OPEN": Text("open jobs", "tác vụ chưa xong"),
    "NOW_WAITING_RECORDS": Text("records under way", "bản ghi đang xử lý"),
    "NOW_RATE": Text("records a second", "bản ghi mỗi giây"),
    "NOW_OLDEST": Text("oldest open job", "tác vụ chờ lâu nhất"),
    "NOW_RUNNING": Text("Running", "Đang chạy"),
    "NOW_RUNNING_MORE": Text("All open jobs", "Mọi tác vụ chưa xong"),
    "NOW_NOTHING_RUNS": Text("Nothing is running.", "Không có tác vụ nào đang chạy."),
    "NOW_NOTHING_RUNS_HINT": Text(
        "Send a batch to the API, or push a file: sluice push FILE --entity recipients",
        "Hãy gửi một lô dữ liệu đến API, hoặc đẩy một tệp: sluice push TỆP --entity recipients",
    ),
    "NOW_FAILED": Text("Failed last", "Thất bại gần đây"),
    "NOW_FAILED_MORE": Text("All failed jobs", "Mọi tác vụ thất bại"),
    "NOW_NOTHING_FAILED": Text("No job has failed.", "Không có tác vụ nào thất bại."),
    "NOW_ENDED": Text("Ended last", "Vừa kết thúc"),
    "NOW_NOTHING_ENDED": Text("No job has ended yet.", "Chưa có tác vụ nào kết thúc."),
}
