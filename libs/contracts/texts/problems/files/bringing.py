"""Files: what is refused when one is brought, read or taken away."""

from libs.contracts.texts.problems.shapes import Problem

FILES = (
    Problem(
        "FILE_NAME", 400, "Invalid file name", "Tên tệp không hợp lệ",
        "A file name has 1 to {limit} characters, of which none is a control or formatting character.",
        "Tên tệp phải có từ 1 đến {limit} ký tự và không chứa ký tự điều khiển hay ký tự định dạng.",
    ),
    Problem(
        "UPLOAD_HEADER", 400, "Invalid upload header", "Tiêu đề tải lên không hợp lệ",
        "Header {name} is missing or not valid: {expected}.",
        "Tiêu đề {name} thiếu hoặc không hợp lệ: {expected}.",
    ),
    Problem(
        "UPLOAD_LENGTH", 400, "Contradicting length", "Độ dài mâu thuẫn",
        "The length that this request gives is not the one that was given before, or less than has been received.",
        "Độ dài trong yêu cầu này khác với độ dài đã khai báo, hoặc nhỏ hơn phần đã nhận.",
    ),
    Problem(
        "UPLOAD_BEYOND_LENGTH", 400, "More than announced", "Vượt quá độ dài đã khai báo",
        "The upload was announced with {limit} bytes, and this request brings more. Nothing beyond them is kept.",
        "Lần tải lên này đã khai báo {limit} byte nhưng yêu cầu gửi nhiều hơn. Phần vượt quá không được lưu.",
    ),
    Problem(
        "UPLOAD_INCOMPLETE", 400, "Less than announced", "Chưa đủ độ dài đã khai báo",
        "The upload was announced with {size} bytes and has not got them yet. Go on with it.",
        "Lần tải lên này đã khai báo {size} byte nhưng chưa nhận đủ. Hãy tiếp tục.",
    ),
    Problem(
        "MULTIPART", 400, "Malformed form", "Biểu mẫu không đúng định dạng",
        'The body must be multipart/form-data with the file in one part named "file"; other parts: {allowed}.',
        'Nội dung phải là multipart/form-data, tệp nằm trong đúng một phần tên "file"; các phần khác: {allowed}.',
    ),
    Problem(
        "FILE_NOT_FOUND", 404, "File not found", "Không tìm thấy tệp",
        "This tenant has no such file, or it has expired.",
        "Đơn vị này không có tệp đó, hoặc tệp đã hết hạn.",
    ),
    Problem(
        "UPLOAD_OFFSET", 409, "Wrong offset", "Sai vị trí tải lên",
        "The upload stands at byte {offset}. Go on from there.",
        "Lần tải lên đang ở byte {offset}. Hãy tiếp tục từ đó.",
    ),
    Problem(
        "UPLOAD_TAKEN_OVER", 409, "Upload taken over", "Lần tải lên đã được yêu cầu khác tiếp nhận",
        "A newer request goes on with this upload. What this one brought since then is not kept.",
        "Một yêu cầu mới hơn đang tiếp tục lần tải lên này. Phần yêu cầu này gửi từ lúc đó không được lưu.",
    ),
    Problem(
        "UPLOAD_ENDED", 409, "Upload complete", "Tệp đã tải lên đầy đủ",
        "The file is complete; nothing can be added to it.",
        "Tệp đã đầy đủ, không thể thêm dữ liệu.",
    ),
    Problem(
        "FILE_INCOMPLETE", 409, "File not complete", "Tệp chưa đầy đủ",
        "The file has not been received as a whole yet. Go on with its upload.",
        "Tệp chưa được nhận đầy đủ. Hãy tiếp tục tải lên.",
    ),
    Problem(
        "FILE_IN_USE", 409, "File in use", "Tệp đang được dùng",
        "A job that has not ended reads this file. Wait for its end, or cancel it.",
        "Một tác vụ chưa kết thúc đang đọc tệp này. Hãy chờ tác vụ kết thúc hoặc hủy tác vụ.",
    ),
    Problem(
        "FILE_DAMAGED", 410, "File damaged", "Tệp bị hỏng",
        "The storage does not give back what was received. Bring the file again.",
        "Kho lưu trữ không trả lại đúng dữ liệu đã nhận. Hãy tải tệp lên lại.",
    ),
    Problem(
        "TUS_VERSION", 412, "Unsupported version", "Phiên bản không được hỗ trợ",
        "Tus-Resumable must be 1.0.0.",
        "Tus-Resumable phải là 1.0.0.",
    ),
    Problem(
        "FILE_TOO_LARGE", 413, "File too large", "Tệp quá lớn",
        "A file may have {limit} bytes at most.",
        "Mỗi tệp có tối đa {limit} byte.",
    ),
    Problem(
        "UPLOAD_PARTS", 413, "Too many pieces", "Quá nhiều mảnh",
        "The file came in too many small pieces: {limit} at most. Bring it again in larger ones.",
        "Tệp được gửi thành quá nhiều mảnh nhỏ: tối đa {limit}. Hãy tải lại với mảnh lớn hơn.",
    ),
    Problem(
        "UPLOAD_MEDIA_TYPE", 415, "Unsupported media type", "Kiểu nội dung không được hỗ trợ",
        "Send the file as multipart/form-data, by tus 1.0 or as a resumable upload. Content-Type may be: {expected}.",
        "Hãy gửi tệp bằng multipart/form-data, theo tus 1.0 hoặc giao thức tải lên tiếp tục được. Content-Type có thể là: {expected}.",
    ),
    Problem(
        "CODED_BODY", 415, "Coded body", "Nội dung bị mã hóa truyền tải",
        "A file is taken as it is: without Content-Encoding, and Transfer-Encoding may be chunked alone. A compressed file is a file, too.",
        "Tệp được nhận nguyên trạng: không dùng Content-Encoding, và Transfer-Encoding chỉ có thể là chunked. Tệp nén cũng là một tệp.",
    ),
    Problem(
        "RANGE", 416, "Range not satisfiable", "Khoảng byte không hợp lệ",
        "The file has {size} bytes; the range lies outside of it.",
        "Tệp có {size} byte; khoảng yêu cầu nằm ngoài tệp.",
    ),
    Problem(
        "TENANT_FILES", 429, "Too many files", "Quá nhiều tệp",
        "This tenant has the {limit} files that it may have. Delete some; the oldest goes after Retry-After seconds.",
        "Đơn vị này đã có {limit} tệp, bằng hạn mức. Hãy xóa bớt; tệp cũ nhất hết hạn sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "TENANT_FILE_BYTES", 429, "Files too large together", "Tổng dung lượng tệp vượt hạn mức",
        "With this one, the tenant's files would have more than {limit} bytes. Delete some; the oldest goes after Retry-After seconds.",
        "Thêm tệp này thì tổng dung lượng tệp của đơn vị vượt {limit} byte. Hãy xóa bớt; tệp cũ nhất hết hạn sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "CHECKSUM_MISMATCH", 460, "Checksum mismatch", "Mã kiểm tra không khớp",
        "What came does not have the checksum that was announced. Nothing of this request is kept; send it again.",
        "Dữ liệu nhận được không khớp mã kiểm tra đã khai báo. Không lưu gì từ yêu cầu này; hãy gửi lại.",
        retryable=True,
    ),
    Problem(
        "FILES_OFF", 503, "No storage for files", "Chưa có kho lưu trữ tệp",
        "This installation has no storage for files: its operator must set SLUICE_FILES_URL.",
        "Hệ thống chưa có kho lưu trữ tệp: người vận hành cần đặt SLUICE_FILES_URL.",
    ),
    Problem(
        "TOO_MANY_UPLOADS", 503, "Too many uploads at once", "Quá nhiều lượt tải lên cùng lúc",
        "This instance receives as many files as it may. Send again after Retry-After seconds.",
        "Tiến trình này đang nhận nhiều tệp nhất có thể. Hãy gửi lại sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "STORAGE_UNAVAILABLE", 503, "Storage unavailable", "Kho lưu trữ không sẵn sàng",
        "The storage of files does not answer. What was acknowledged is safe; go on after Retry-After seconds.",
        "Kho lưu trữ tệp không phản hồi. Phần đã xác nhận vẫn an toàn; hãy tiếp tục sau số giây ghi trong Retry-After.",
        retryable=True,
    ),
    Problem(
        "STORAGE_FULL", 507, "Storage full", "Kho lưu trữ đã đầy",
        "The storage of files is full. What was acknowledged is safe; go on once its operator has made room.",
        "Kho lưu trữ tệp đã đầy. Phần đã xác nhận vẫn an toàn; hãy tiếp tục khi người vận hành đã dọn chỗ.",
        retryable=True,
    ),
)  # fmt: skip
