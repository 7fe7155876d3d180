"""What the `sluice` command says of reports."""

from libs.contracts.texts.text import Text

REPORT = {
    "COMMAND_REPORT": Text("Make a report on some days, and fetch it.", "Lập báo cáo theo kỳ rồi tải về."),
    "HELP_REPORT": Text(
        "Have a report made, and fetch it: what came in, what was rejected and why, findings new and mended, "
        "deadlines. On the last whole week where no days are named. Exit status: 0 made, 2 not.",
        "Lập báo cáo và tải về: dữ liệu đã nhận, bản ghi bị từ chối và lý do, vấn đề mới và đã khắc phục, thời hạn "
        "sắp tới. Mặc định là tuần trọn gần nhất. Mã thoát: 0 đã lập, 2 không lập được.",
    ),
    "OPTION_REPORT_FROM": Text("The first day, in Viet Nam.", "Ngày đầu kỳ, theo giờ Việt Nam."),
    "OPTION_REPORT_TO": Text("The last day; 92 days at most.", "Ngày cuối kỳ; tối đa 92 ngày."),
    "REPORT_DAYS": Text("--from and --to go together", "--from và --to phải đi cùng nhau"),
    "REPORT_SUM": Text(
        "{since} to {until}: {records} records came in, {rejected} rejected; findings: {new} new, {mended} mended, "
        "{open} open; deadlines: {overdue} overdue, {ahead} ahead",
        "{since} đến {until}: nhận {records} bản ghi, {rejected} bị từ chối; vấn đề: {new} mới, {mended} đã khắc phục, "
        "{open} còn mở; thời hạn: {overdue} quá hạn, {ahead} sắp tới",
    ),
}
