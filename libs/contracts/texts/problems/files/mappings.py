"""Mappings that are refused."""

from libs.contracts.texts.problems.shapes import Problem, RecordError

MAPPINGS = (
    Problem(
        "MAPPING_NOT_FOUND", 404, "Mapping not found", "Không tìm thấy ánh xạ",
        "This tenant has no such mapping.",
        "Đơn vị này không có ánh xạ đó.",
    ),
    Problem(
        "MAPPING_NOT_APPROVED", 409, "Mapping not approved", "Ánh xạ chưa được duyệt",
        "The mapping's newest version is a proposal. Look at its preview and POST its approve link first.",
        "Phiên bản mới nhất của ánh xạ mới chỉ là đề xuất. Hãy xem thử rồi gọi liên kết approve trước.",
    ),
    Problem(
        "MAPPING_CHANGED", 412, "Mapping changed", "Ánh xạ đã thay đổi",
        "The mapping has a newer version than the one named. Read it again and repeat the change.",
        "Ánh xạ đã có phiên bản mới hơn phiên bản được nêu. Hãy đọc lại rồi thực hiện lại thay đổi.",
    ),
    Problem(
        "MAPPING_INVALID", 422, "Invalid mapping", "Ánh xạ không hợp lệ",
        "The mapping does not fit: {reason} See `pointer`.",
        "Ánh xạ không phù hợp: {reason_vi} Xem `pointer`.",
    ),
    Problem(
        "MAPPING_INCOMPLETE", 422, "Mapping incomplete", "Ánh xạ chưa đủ",
        "No column and no constant gives what every record must have: {missing}. Map a column to each, or set a constant.",
        "Không cột hay hằng số nào cho các trường mà bản ghi nào cũng phải có: {missing}. Hãy ánh xạ một cột hoặc đặt hằng số cho từng trường.",
    ),
    Problem(
        "MAPPING_ENTITY", 422, "Mapping of another kind", "Ánh xạ cho loại khác",
        "The mapping is not for this kind of record.",
        "Ánh xạ này không dành cho loại bản ghi đó.",
    ),
    Problem(
        "PREVIEW_TOO_LONG", 422, "Too much to look at", "Quá nhiều để xem thử",
        "The first rows lie behind more than {limit} bytes of the file, or take more than {seconds} seconds to find. Start a job instead: mapping, analyze or transform.",
        "Các dòng đầu nằm sau hơn {limit} byte của tệp, hoặc mất hơn {seconds} giây để tìm. Hãy dùng tác vụ mapping, analyze hoặc transform.",
    ),
    Problem(
        "TRANSFORM_TOO_LONG", 422, "Too long for a sheet", "Quá dài cho một trang tính",
        "A sheet has {limit} rows at most. Transform to csv or ndjson.",
        "Một trang tính có tối đa {limit} dòng. Hãy chuyển sang csv hoặc ndjson.",
    ),
    Problem(
        "FILES_ALL_FAILED", 422, "All failed", "Tất cả đều thất bại",
        "None of the tasks was completed. Each of them says why.",
        "Không tác vụ nào hoàn thành. Xem lý do ở từng tác vụ.",
    ),
    Problem(
        "VERSION_REQUIRED", 428, "If-Match required", "Cần If-Match",
        "Say with If-Match which version is meant: its ETag.",
        "Hãy nêu phiên bản bằng If-Match: giá trị ETag của nó.",
    ),
)  # fmt: skip

CELLS = (
    RecordError("CELL_DATE", "The cell is no date in any of the formats that are tried. Add its format to the mapping.", "Ô không phải ngày theo các định dạng được thử. Hãy thêm định dạng vào ánh xạ."),
    RecordError("CELL_IN_ERROR", "The cell holds a spreadsheet's error, such as #N/A, in place of a value.", "Ô chứa lỗi của bảng tính, chẳng hạn #N/A, thay cho giá trị."),
    RecordError("CELL_NUMBER", "The cell is no whole number.", "Ô không phải số nguyên."),
    RecordError("CELL_BOOLEAN", "The cell is neither yes nor no.", "Ô không phải có hoặc không."),
    RecordError("CELL_TOO_LONG", "A cell of a sheet has {max} characters at most. Transform to csv or ndjson.", "Một ô của trang tính có tối đa {max} ký tự. Hãy chuyển sang csv hoặc ndjson."),
    RecordError("MAPPED_TOO_LONG", "The mapping would add more than 65,536 characters to the row. Join fewer columns, or give shorter values.", "Ánh xạ sẽ thêm hơn 65.536 ký tự vào dòng. Hãy nối ít cột hơn hoặc dùng giá trị ngắn hơn."),
    RecordError("ROW_TOO_SHORT", "The row has {cells} cells and the header {columns}.", "Dòng có {cells} ô còn tiêu đề có {columns} cột."),
    RecordError("ROW_TOO_LONG", "The row has {cells} cells and the header {columns}. A cell with the delimiter in it needs quotes.", "Dòng có {cells} ô còn tiêu đề có {columns} cột. Ô chứa dấu phân cách cần đặt trong dấu nháy."),
)  # fmt: skip
"""What can be wrong with a row before it is a record."""
