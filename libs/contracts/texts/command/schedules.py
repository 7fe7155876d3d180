"""What the `sluice` command says of schedules."""

from libs.contracts.texts.text import Text

SCHEDULES = {
    "COMMAND_SCHEDULES": Text("List schedules.", "Liệt kê các lịch."),
    "COMMAND_SCHEDULE": Text(
        "Show, make, run, pause or delete a schedule.", "Xem, tạo, chạy, tạm dừng hoặc xóa một lịch."
    ),
    "HELP_SCHEDULES": Text(
        "List the tenant's schedules: jobs that are opened again and again.",
        "Liệt kê các lịch của đơn vị: những tác vụ được mở lặp lại.",
    ),
    "HELP_SCHEDULE": Text(
        "Show the schedule NAME and when it ran; with --type and --when make it, or have it be another.",
        "Xem lịch NAME và các lần chạy; với --type và --when thì tạo hoặc thay đổi lịch.",
    ),
    "OPTION_SCHEDULE_TYPE": Text("The type of the jobs that it opens.", "Loại tác vụ mà lịch mở."),
    "OPTION_SCHEDULE_WHEN": Text(
        'Five fields of cron, or words: "daily 02:00", "monday 08:00".',
        'Năm trường cron, hoặc bằng lời: "hằng ngày 02:00", "thứ hai 08:00".',
    ),
    "OPTION_SCHEDULE_PARAMETERS": Text(
        "The jobs' parameters, a JSON object.", "Tham số của tác vụ, một đối tượng JSON."
    ),
    "OPTION_SCHEDULE_ZONE": Text("Whose clock is meant.", "Múi giờ."),
    "OPTION_SCHEDULE_GRACE": Text("By how many seconds it may be late.", "Được phép trễ bao nhiêu giây."),
    "OPTION_SCHEDULE_PAUSE": Text("Have it wait, or go on.", "Tạm dừng, hoặc cho chạy tiếp."),
    "OPTION_SCHEDULE_RUN": Text("Open its job now.", "Mở tác vụ của lịch ngay."),
    "OPTION_SCHEDULE_DELETE": Text("Delete it; its jobs stay.", "Xóa lịch; các tác vụ đã mở vẫn còn."),
    "PARAMETERS_NO_JSON": Text("this is no JSON object", "đây không phải đối tượng JSON"),
    "SCHEDULE_TYPE_AND_WHEN": Text(
        "--type and --when are given together: what is opened, and when", "--type và --when phải đi cùng nhau"
    ),
    "NO_SCHEDULES": Text("No schedules.", "Không có lịch nào."),
    "SCHEDULE": Text("schedule", "lịch"),
    "WHEN": Text("when", "khi nào"),
    "ZONE": Text("zone", "múi giờ"),
    "NEXT_AT": Text("next", "lần tới"),
    "DUE_AT": Text("due", "đến hạn"),
    "LAST_RUN": Text("ran", "đã chạy"),
    "PAUSED": Text("paused", "tạm dừng"),
    "MISSED": Text("missed {count} times: nobody was there", "bỏ lỡ {count} lần: không có bộ xử lý nào chạy"),
    "SKIPPED": Text("left out: the job before had not ended", "bỏ qua: tác vụ trước chưa xong"),
}
