"""What the page of statistics says."""

from libs.contracts.texts.text import Text

STATISTICS = {
    "STATISTICS": Text("Statistics", "Thống kê"),
    "STATISTICS_TIME": Text("Time", "Thời gian"),
    "STATISTICS_OF": Text("Records of", "Loại bản ghi"),
    "STATISTICS_ALL": Text("all entities", "tất cả"),
    "SPAN_HOUR": Text("an hour", "1 giờ"),
    "SPAN_DAY": Text("a day", "1 ngày"),
    "SPAN_WEEK": Text("7 days", "7 ngày"),
    "SPAN_MONTH": Text("30 days", "30 ngày"),
    "SPAN_YEAR": Text("a year", "1 năm"),
    "STATISTICS_FROM_TO": Text("{since} to {until}", "Từ {since} đến {until}"),
    "STATISTICS_BY_MINUTE": Text("by the minute, in {zone} ({offset})", "theo từng phút, giờ {zone} ({offset})"),
    "STATISTICS_BY_DAY": Text("by the day; days begin at 00:00 UTC", "theo từng ngày; mỗi ngày bắt đầu lúc 00:00 UTC"),
    "STATISTICS_RECORDS": Text("Records by outcome", "Bản ghi theo kết quả"),
    "STATISTICS_RECORDS_MINUTE": Text("Records a minute", "Số bản ghi mỗi phút"),
    "STATISTICS_RECORDS_DAY": Text("Records a day", "Số bản ghi mỗi ngày"),
    "STATISTICS_JOBS": Text("Batches by their end", "Lô theo cách kết thúc"),
    "STATISTICS_JOBS_MINUTE": Text("Batches that ended, a minute", "Số lô kết thúc mỗi phút"),
    "STATISTICS_JOBS_DAY": Text("Batches that ended, a day", "Số lô kết thúc mỗi ngày"),
    "STATISTICS_DURATIONS": Text("Durations", "Thời lượng"),
    "STATISTICS_DURATIONS_PLOT": Text("Seconds on average", "Trung bình, tính bằng giây"),
    "STATISTICS_A_JOB": Text("a batch, from acceptance to end", "một lô, từ lúc nhận đến lúc kết thúc"),
    "STATISTICS_A_CHUNK": Text("a chunk, in its transaction", "một phần, trong giao dịch"),
    "STATISTICS_JOBS_ENDED": Text("batches", "lô"),
    "STATISTICS_TABLE": Text("As a table", "Dạng bảng"),
    "STATISTICS_NEARER": Text("{time}, by the minute", "{time}, theo từng phút"),
    "STATISTICS_VERSIONS": Text("Versions of Sluice", "Phiên bản Sluice"),
    "STATISTICS_VERSION": Text("{version} since {at}", "{version} từ {at}"),
    "STATISTICS_QUIET": Text("Nothing happened in this time.", "Không có hoạt động nào trong thời gian này."),
    "STATISTICS_QUIET_HINT": Text(
        "Choose a longer time, or send a batch: sluice push FILE --entity recipients",
        "Hãy chọn khoảng thời gian dài hơn, hoặc gửi một lô: sluice push TỆP --entity recipients",
    ),
}
