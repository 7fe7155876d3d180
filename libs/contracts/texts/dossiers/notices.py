"""Mẫu 01a, 02a and 03a: the letters that go with a dossier and with what changes in it, Decree 356/2025/NĐ-CP."""

from libs.contracts.texts.text import Text

NOTICES = {
    "NOTICE_COUNTRY": Text("SOCIALIST REPUBLIC OF VIET NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    "NOTICE_MOTTO": Text("Independence - Freedom - Happiness", "Độc lập - Tự do - Hạnh phúc"),
    "NOTICE_NUMBER": Text("No.: ……", "Số: ……"),
    "NOTICE_PLACE": Text("……, day … month … year …", "……, ngày … tháng … năm …"),
    "NOTICE_NOBODY": Text("[NAME OF THE ORGANISATION]", "[TÊN TỔ CHỨC]"),
    "NOTICE_TO": Text(
        "To: the authority for the protection of personal data, Ministry of Public Security.",
        "Kính gửi: Cơ quan chuyên trách bảo vệ dữ liệu cá nhân, Bộ Công an.",
    ),
    "NOTICE_OF_10": Text(
        "the dossier of the impact of processing personal data", "Hồ sơ đánh giá tác động xử lý dữ liệu cá nhân"
    ),
    "NOTICE_OF_09": Text(
        "the dossier of the impact of transferring personal data across the border",
        "Hồ sơ đánh giá tác động chuyển dữ liệu cá nhân xuyên biên giới",
    ),
    "NOTICE_SENDS": Text(
        "By the rules on the protection of personal data, {name} sends the authority for the protection of personal data, "
        "Ministry of Public Security, {dossier}, as follows:",
        "Thực hiện quy định về bảo vệ dữ liệu cá nhân, {name} xin gửi Cơ quan chuyên trách bảo vệ dữ liệu cá nhân, Bộ Công an "
        "{dossier}, như sau:",
    ),
    "NOTICE_1": Text("1. The organisation", "1. Thông tin về tổ chức, doanh nghiệp"),
    "NOTICE_2": Text(
        "2. {dossier} (with the dossiers by their forms, documents and pictures)",
        "2. {dossier} (bao gồm các hồ sơ theo mẫu, tài liệu, văn bản, hình ảnh kèm theo)",
    ),
    "NOTICE_ENCLOSED": Text("a) {form}\nb) …………………………", "a) {form}\nb) …………………………"),
    "NOTICE_COMMITMENT": Text("{n}. Commitment", "{n}. Cam kết"),
    "NOTICE_COMMITS": Text(
        "{name} answers for the correctness and lawfulness of {dossier} and of the documents that go with it, and will do as the "
        "law says.",
        "{name} xin cam kết chịu trách nhiệm về tính chính xác và tính hợp pháp của {dossier} cùng các tài liệu kèm theo và cam "
        "kết thực hiện đúng các quy định của pháp luật.",
    ),
    "NOTICE_COPIES": Text("Copies:\n- as above;\n- …", "Nơi nhận:\n- Như trên;\n- …"),
    "NOTICE_SIGNATURE": Text(
        "FOR THE ORGANISATION\n(signature, full name, seal)", "TM. TỔ CHỨC, DOANH NGHIỆP\n(Ký, ghi rõ họ tên, đóng dấu)"
    ),
    "NOTICE_01A": Text(
        "NOTICE\nOF SENDING THE DOSSIER OF THE IMPACT OF TRANSFERRING PERSONAL DATA ACROSS THE BORDER",
        "THÔNG BÁO\nGỬI HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI",
    ),
    "NOTICE_02A": Text(
        "NOTICE\nOF SENDING THE DOSSIER OF THE IMPACT OF PROCESSING PERSONAL DATA",
        "THÔNG BÁO\nGỬI HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN",
    ),
    "NOTICE_03A": Text("NOTICE\nOF A CHANGE OF {dossier}", "THÔNG BÁO\nTHAY ĐỔI NỘI DUNG {dossier}"),
    "NOTICE_CHANGE": Text("2. Short description of the change", "2. Mô tả tóm tắt thay đổi nội dung hồ sơ"),
    "NOTICE_CHANGE_WHAT": Text("What changes", "Nội dung thay đổi"),
    "NOTICE_CHANGE_WHY": Text("Why", "Lý do thay đổi"),
    "NOTICE_CHANGE_SINCE": Text(
        "Since {date}, when the dossier was filed: {activities} activities, {recipients} recipients and {transfers} transfers are "
        "new or were changed.",
        "Từ ngày nộp hồ sơ {date}: có {activities} hoạt động, {recipients} bên nhận và {transfers} lượt chuyển mới hoặc được cập "
        "nhật.",
    ),
    "NOTICE_DOCUMENTS": Text("3. Enclosed documents", "3. Tài liệu kèm theo"),
    "NAME_VI": Text("Business name in Vietnamese - short name", "Tên giao dịch tiếng Việt - Tên viết tắt tiếng Việt"),
    "NAME_FOREIGN": Text("Business name in English", "Tên giao dịch tiếng Anh - Tên viết tắt tiếng Anh"),
    "NAME_BOTH": Text("Name (Vietnamese - foreign)", "Tên tổ chức, doanh nghiệp (tiếng Việt - tiếng nước ngoài)"),
    "NAME_ONE": Text("Name", "Tên tổ chức, doanh nghiệp"),
    "HEAD_OFFICE": Text("Address of the head office", "Địa chỉ trụ sở chính"),
    "TRADING_OFFICE": Text("Address of the trading office", "Địa chỉ trụ sở giao dịch"),
    "KIND_OF_FIRM": Text("Kind of organisation (domestic/foreign)", "Loại hình doanh nghiệp (trong nước/ngoài nước)"),
    "REGISTRATION": Text(
        "Decision of foundation/registration certificate (number, issued by, on, at)",
        "Quyết định thành lập/Giấy chứng nhận đăng ký doanh nghiệp/Giấy chứng nhận đăng ký kinh doanh/Giấy chứng nhận đầu tư "
        "(số, nơi cấp, ngày cấp)",
    ),
    "REPRESENTATIVE": Text("Legal representative", "Người đại diện theo pháp luật"),
    "PHONE_AND_SITE": Text("Telephone, website", "Điện thoại, Website"),
    "OFFICER": Text(
        "Department, officer or provider for the protection of personal data",
        "Bộ phận, nhân sự bảo vệ dữ liệu cá nhân hoặc tổ chức, cá nhân cung cấp dịch vụ bảo vệ dữ liệu cá nhân",
    ),
    "OFFICER_NAME": Text("Full name", "Họ và tên"),
    "OFFICER_TITLE": Text("Title", "Chức vụ"),
    "OFFICER_PHONE": Text("Telephone (office and mobile)", "Số điện thoại liên lạc (cố định và di động)"),
    "OFFICER_EMAIL": Text("Email", "Email"),
}
