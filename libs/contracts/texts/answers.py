"""What the API says of a batch and of a job."""

from libs.contracts.texts.text import Text

ANSWERS = {
    "BATCH_ACCEPTED": Text(
        "{accepted:,} of {total:,} records accepted; they are being written",
        "Đã nhận {accepted:,} trên {total:,} bản ghi; đang được ghi",
    ),
    "BATCH_REFUSED": Text("Nothing was written", "Không ghi bản ghi nào"),
    "BATCH_WRITTEN": Text("{written:,} of {total:,} records written", "{written:,} trên {total:,} bản ghi đã được ghi"),
    "BATCH_TRIED": Text(
        "{written:,} of {total:,} records would be written", "{written:,} trên {total:,} bản ghi sẽ được ghi"
    ),
    "JOB_PROGRESS": Text("{done:,} of {total:,} records handled", "Đã xử lý {done:,} trên {total:,} bản ghi"),
    "TASK_WAITS": Text("Waiting for its turn", "Đang chờ đến lượt"),
    "TASK_RUNS": Text("Running", "Đang chạy"),
    # Why a job cannot be cancelled or retried; part of the problem JOB_STATE.
    "JOB_HAS_ENDED": Text("it has ended already", "tác vụ đã kết thúc"),
    "JOB_IS_OPEN": Text("it has not ended yet; wait or cancel it", "tác vụ chưa kết thúc; hãy chờ hoặc hủy"),
    "NOTHING_TO_RETRY": Text(
        "it has no failed chunk of this kind whose data is kept",
        "không có phần thất bại nào thuộc loại này còn giữ dữ liệu",
    ),
    # Why its rejected records cannot be mended and sent again.
    "MEND_NO_RECORDS": Text("jobs of this type have no records", "loại tác vụ này không có bản ghi"),
    "MEND_DRY_RUN": Text(
        "it was a trial that wrote nothing; mend what was sent, and send it again",
        "đây là lần chạy thử, không ghi gì; hãy sửa dữ liệu đã gửi và gửi lại",
    ),
    "MEND_ABORTED": Text(
        "it was to write all or nothing; mend what was sent, and send all of it again",
        "tác vụ chỉ ghi tất cả hoặc không ghi gì; hãy sửa dữ liệu đã gửi và gửi lại toàn bộ",
    ),
    # Why what waits is not written; part of the problems of a full backlog.
    "LANES_PAUSED": Text(
        " An operator has paused: {lanes}. What waits there is not written until it is resumed.",
        " Người vận hành đã tạm dừng: {lanes}. Dữ liệu chờ ở đó chỉ được ghi khi làn chạy lại.",
    ),
    "TASK_COMPLETED": Text(
        "only a job that failed or was cancelled can be tried again",
        "chỉ có thể chạy lại tác vụ thất bại hoặc đã bị hủy",
    ),
    "PAYLOAD_FORGOTTEN": Text(
        "its data is kept no longer; post the records of its rejects link again",
        "dữ liệu không còn được giữ; hãy gửi lại các bản ghi ở liên kết rejects",
    ),
}
