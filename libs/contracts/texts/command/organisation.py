"""What the `sluice` command says of the tenant's organisation."""

from libs.contracts.texts.text import Text

ORGANISATION = {
    "COMMAND_ORGANISATION": Text("Show or change who the tenant is.", "Xem hoặc khai thông tin tổ chức."),
    "HELP_ORGANISATION": Text(
        "Show who the tenant is, as the dossiers name it; NAME=VALUE changes a member, NAME= empties it.",
        "Xem thông tin tổ chức dùng trong hồ sơ; NAME=VALUE sửa một mục, NAME= xóa trống mục đó.",
    ),
    "OPTION_ORGANISATION_FROM": Text(
        "Have it be what this file says, a JSON object; what is absent there is empty.",
        "Lấy toàn bộ từ tệp này, một đối tượng JSON; mục nào không có sẽ để trống.",
    ),
    "ORGANISATION_FILE_OR_VALUES": Text(
        "--from says all of it: no NAME=VALUE beside it", "--from đã gồm tất cả: không dùng cùng NAME=VALUE"
    ),
    "ORGANISATION_MEMBERS": Text("write NAME=VALUE; names are {known}", "hãy viết NAME=VALUE; các tên: {known}"),
    "MEMBER": Text("member", "mục"),
    "VALUE": Text("value", "giá trị"),
    "ORGANISATION_YES": Text("yes", "có"),
    "ORGANISATION_NO": Text("no", "không"),
}
