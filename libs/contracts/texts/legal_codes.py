"""What the kinds of personal data are called that the law names, by their `LegalCode`: as the boxes of Mẫu 10, II.3.

In Vietnamese as in Decree 356/2025/NĐ-CP, articles 3 and 4.1, which are the words of the form; the English is ours.
"""

from libs.contracts.texts.text import Text

LEGAL_CODES: dict[str, Text] = {
    "B01": Text("Family name, middle name and given name at birth", "Họ, chữ đệm và tên khai sinh"),
    "B02": Text("Other names", "Tên gọi khác (nếu có)"),
    "B03": Text("Date of birth", "Ngày, tháng, năm sinh"),
    "B04": Text("Date of death or of going missing", "Ngày, tháng, năm chết hoặc mất tích"),
    "B05": Text("Gender", "Giới tính"),
    "B06": Text("Place of birth", "Nơi sinh"),
    "B07": Text("Place of birth registration", "Nơi đăng ký khai sinh"),
    "B08": Text("Registered place of permanent residence", "Nơi đăng ký thường trú"),
    "B09": Text("Registered place of temporary residence", "Nơi đăng ký tạm trú"),
    "B10": Text("Current place of residence", "Nơi ở hiện tại"),
    "B11": Text("Native place", "Quê quán"),
    "B12": Text("Contact address", "Địa chỉ liên hệ"),
    "B13": Text("Nationality", "Quốc tịch"),
    "B14": Text("Image of the person", "Hình ảnh của cá nhân"),
    "B15": Text("Telephone number", "Số điện thoại"),
    "B16": Text("Personal identification number", "Số định danh cá nhân"),
    "B17": Text("Passport number", "Số hộ chiếu"),
    "B18": Text("Driving licence number", "Số giấy phép lái xe"),
    "B19": Text("Vehicle registration plate number", "Số biển số xe"),
    "B20": Text("Marital status", "Tình trạng hôn nhân"),
    "B21": Text(
        "Family relationships (parents, children, spouse)", "Thông tin về mối quan hệ gia đình (cha mẹ, con, vợ chồng)"
    ),
    "B22": Text("Digital accounts of the person", "Thông tin về tài khoản số của cá nhân"),
    "B23": Text(
        "Other information that is tied to a person or helps to identify one",
        "Các thông tin khác gắn liền với một con người cụ thể hoặc giúp xác định một con người cụ thể không thuộc các"
        " mục trên",
    ),
    "S01": Text("Data that reveals racial or ethnic origin", "Dữ liệu tiết lộ nguồn gốc chủng tộc, nguồn gốc dân tộc"),
    "S02": Text("Political opinions", "Quan điểm chính trị"),
    "S03": Text("Religious views and beliefs", "Quan điểm tôn giáo, tín ngưỡng"),
    "S04": Text(
        "Private life, personal secrets, family secrets",
        "Thông tin về đời sống riêng tư, bí mật cá nhân, bí mật gia đình",
    ),
    "S05": Text("State of health", "Tình trạng sức khỏe"),
    "S06": Text("Biometric data, genetic characteristics", "Dữ liệu sinh trắc học, đặc điểm di truyền"),
    "S07": Text(
        "Data that reveals the person's sex life or sexual orientation",
        "Dữ liệu tiết lộ đời sống tình dục, xu hướng tình dục của cá nhân",
    ),
    "S08": Text(
        "Crimes and offences, collected and kept by law enforcement",
        "Dữ liệu về tội phạm, vi phạm pháp luật được thu thập, lưu trữ bởi các cơ quan thực thi pháp luật",
    ),
    "S09": Text(
        "Location of the person, found by positioning services", "Vị trí của cá nhân được xác định qua dịch vụ định vị"
    ),
    "S10": Text(
        "User name and password of the person's electronic identity account",
        "Thông tin tên đăng nhập và mật khẩu truy cập tài khoản định danh điện tử của cá nhân",
    ),
    "S11": Text(
        "Images of identity cards", "Hình ảnh thẻ căn cước, thẻ căn cước công dân, chứng minh nhân dân"
    ),
    "S12": Text("User name and password of bank accounts", "Tên đăng nhập, mật khẩu truy cập của tài khoản ngân hàng"),
    "S13": Text(
        "Bank cards, history of transactions of bank accounts",
        "Thông tin thẻ ngân hàng, dữ liệu về lịch sử giao dịch của tài khoản ngân hàng",
    ),
    "S14": Text(
        "Finance, credit, and history of transactions in finance, securities and insurance at institutions",
        "Thông tin tài chính, tín dụng và các thông tin về hoạt động, lịch sử giao dịch tài chính, chứng khoán,"
        " bảo hiểm của khách hàng tại các tổ chức tín dụng, chi nhánh ngân hàng nước ngoài, tổ chức cung ứng dịch vụ"
        " trung gian thanh toán, chứng khoán, bảo hiểm, các tổ chức được phép khác",
    ),
    "S15": Text(
        "Tracking of behaviour, use of telecommunications, social networks and other services in cyberspace",
        "Dữ liệu theo dõi hành vi, hoạt động sử dụng dịch vụ viễn thông, mạng xã hội, dịch vụ truyền thông trực tuyến"
        " và các dịch vụ khác trên không gian mạng",
    ),
    "S16": Text(
        "Other personal data that the law wants kept secret or strictly protected",
        "Dữ liệu cá nhân khác được pháp luật quy định cần giữ bí mật hoặc cần có biện pháp bảo mật chặt chẽ",
    ),
}  # fmt: skip
