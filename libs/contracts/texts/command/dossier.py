"""What the `sluice` command says of dossiers."""

from libs.contracts.texts.text import Text

DOSSIER = {
    "COMMAND_DOSSIER": Text("Make the register or a dossier, and fetch it.", "Lập sổ đăng ký hoặc hồ sơ rồi tải về."),
    "HELP_DOSSIER": Text(
        "Have files made of the inventory, and fetch them: its register, or a dossier of Decree 356/2025 (forms 09 "
        "and 10) with its letter, filled as far as facts go; what is missing is marked. Exit status: 0 made, 2 not.",
        "Lập tệp từ danh mục và tải về: sổ đăng ký, hoặc hồ sơ theo Nghị định 356/2025 (Mẫu 09, Mẫu 10) kèm thông báo, "
        "điền theo dữ liệu đã có; chỗ thiếu được đánh dấu. Mã thoát: 0 đã lập, 2 không lập được.",
    ),
    "OPTION_DOSSIER_FORMAT": Text(
        "Of the files; may be repeated; all of them without it.", "Định dạng tệp; có thể lặp lại; mặc định là tất cả."
    ),
    "OPTION_DOSSIER_LANGUAGE": Text("In which they are written.", "Ngôn ngữ của tệp."),
    "OPTION_DOSSIER_OUT": Text("The folder for the files.", "Thư mục lưu tệp."),
    "OPTION_DOSSIER_COLUMNS": Text(
        "Of the register: ENTITY=FIELD,FIELD,…; may be repeated.",
        "Cho sổ đăng ký: ENTITY=TRƯỜNG,TRƯỜNG,…; có thể lặp lại.",
    ),
    "DOSSIER_COLUMNS": Text("write ENTITY=FIELD,FIELD", "hãy viết ENTITY=TRƯỜNG,TRƯỜNG"),
    "MAKING": Text("making", "đang lập"),
    "DOSSIER_WRITTEN": Text("Written: {path} ({size})", "Đã ghi: {path} ({size})"),
    "DOSSIER_COMPLETE": Text(
        "{percent}% complete: {filled} of {boxes} boxes are filled", "Đầy đủ {percent}%: đã điền {filled}/{boxes} ô"
    ),
    "DOSSIER_NO_RECORD": Text("no record", "chưa có bản ghi"),
    "TO_MAKE_DOSSIERS": Text("To make the dossiers of the law:", "Để lập hồ sơ theo luật:"),
}
