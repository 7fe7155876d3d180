"""Who files a dossier, and who else is concerned: section I and part B of Mẫu 09 and Mẫu 10."""

from libs.contracts.texts.text import Text

PARTIES = {
    "I_1": Text("Name of the organisation/person (Vietnamese)", "Tên tổ chức/cá nhân (tiếng Việt)"),
    "I_1A": Text("Name of the organisation/person (foreign)", "Tên tổ chức/cá nhân (nước ngoài)"),
    "I_1B": Text("Name of the organisation/person (short)", "Tên tổ chức/cá nhân (viết tắt)"),
    "I_1C": Text("Tax code", "Mã số thuế"),
    "I_2": Text("Address (head office)", "Địa chỉ (trụ sở chính)"),
    "I_3": Text("Telephone", "Điện thoại"),
    "I_4": Text(
        "Lines of business that process personal data (with their registered codes)",
        "Lĩnh vực kinh doanh có xử lý dữ liệu cá nhân (kèm theo mã ngành đăng ký kinh doanh tương ứng)",
    ),
    "I_5": Text("Number of branches and representative offices", "Số lượng chi nhánh, văn phòng đại diện"),
    "I_6": Text("Email", "Email"),
    "I_7": Text("Website", "Website"),
    "I_8": Text(
        "8. Department or officer for the protection of personal data",
        "8. Bộ phận/Nhân sự bảo vệ dữ liệu cá nhân của tổ chức, cá nhân",
    ),
    "I_8_1": Text(
        "8.1. Organisation that provides the service of protecting personal data (if any, with the service contract)",
        "8.1. Tổ chức cung cấp dịch vụ bảo vệ dữ liệu cá nhân (nếu có, kèm theo hợp đồng sử dụng dịch vụ)",
    ),
    "I_8_2": Text(
        "8.2. Persons who provide the service of protecting personal data (if any, with the service contract)",
        "8.2. Cá nhân cung cấp dịch vụ bảo vệ dữ liệu cá nhân (nếu có, kèm theo hợp đồng sử dụng dịch vụ)",
    ),
    "I_8_3": Text(
        "8.3. The organisation's own department or officer for the protection of personal data (with a copy of the "
        "decision that appoints them)",
        "8.3. Bộ phận/nhân sự bảo vệ dữ liệu cá nhân nội bộ của tổ chức (kèm theo bản sao quyết định hoặc văn bản thể "
        "hiện việc chỉ định, phân công)",
    ),
    "DPO_ORGANISATION": Text("Name of the organisation", "Tên tổ chức"),
    "DPO_PERSON": Text("Name of the person", "Họ và tên cá nhân"),
    "DPO_REPRESENTATIVE": Text(
        "Legal representative, tax code, address", "Người đại diện theo pháp luật, mã số thuế, địa chỉ"
    ),
    "DPO_PHONE": Text("Telephone", "Điện thoại"),
    "DPO_EMAIL": Text("Email", "Email"),
    "DPO_UNIT": Text("Name of the department", "Tên Bộ phận"),
    "DPO_UNIT_PHONE": Text("Telephone of the department", "Điện thoại Bộ phận"),
    "DPO_UNIT_EMAIL": Text("Email of the department", "Email Bộ phận"),
    "DPO_NAME": Text("Name of its head/of the officer", "Tên người đứng đầu Bộ phận/Tên nhân sự"),
    "DPO_TITLE": Text("Title", "Chức vụ"),
    "DPO_MOBILE": Text("Mobile telephone", "Điện thoại di động"),
    "DPO_PERSONAL_EMAIL": Text("Personal email", "Email cá nhân"),
    "DPO_DECISION": Text("Decision of the appointment", "Quyết định, văn bản chỉ định"),
    "DPO_EXEMPT": Text(
        "The organisation claims the exemption of Law 91/2025/QH15, article 38.",
        "Tổ chức khai thuộc trường hợp được miễn theo Điều 38 Luật số 91/2025/QH15.",
    ),
    "IV": Text(
        "IV. ANNEX (the documents, policies, procedures, rules and templates that go with this dossier)",
        "IV. PHỤ LỤC (Liệt kê danh sách tên các tài liệu, chính sách, quy trình, quy định, biểu mẫu kèm theo hồ sơ khai này)",
    ),
    "ANNEX_AGREEMENT": Text("Agreement {ref} with {name}", "Hợp đồng/Thỏa thuận {ref} với {name}"),
    "ANNEX_PERSON": Text(
        "[List here all other documents that go with the dossier.]",
        "[Liệt kê thêm tại đây các tài liệu khác kèm theo hồ sơ.]",
    ),
    "NUMBER": Text("No.", "STT"),
    "PARTY_NAME": Text("Name of the organisation/person", "Tên tổ chức/cá nhân"),
    "PARTY_TAX_CODE": Text("Tax code", "Mã số thuế"),
    "PARTY_DPO": Text(
        "Department/officer for the protection of personal data", "Thông tin Bộ phận/Nhân sự bảo vệ dữ liệu cá nhân"
    ),
    "PARTY_AGREEMENT_PROCESSING": Text(
        "Contract/agreement on processing (number, date)",
        "Hợp đồng/Thỏa thuận xử lý dữ liệu cá nhân (Số, ngày tháng năm)",
    ),
    "PARTY_AGREEMENT_TRANSFER": Text(
        "Contract/agreement on the transfer across the border (number, date)",
        "Hợp đồng/Thỏa thuận chuyển dữ liệu cá nhân xuyên biên giới (Số, ngày tháng năm)",
    ),
    "PARTY_AGREEMENT_OTHER": Text(
        "Contract/agreement concerned (number, date)", "Hợp đồng/Thỏa thuận có liên quan (Số, ngày tháng năm)"
    ),
    "PARTY_SERVICE": Text("Service", "Dịch vụ hợp tác"),
    "PARTY_NOTE": Text("Notes (reasons, explanations)", "Ghi chú (Lý do, nội dung giải thích)"),
    "PARTY_COUNTRY": Text("Country: {country}", "Quốc gia: {country}"),
    "PARTIES_AGREEMENT": Text("Contracts and agreements with the parties", "Hợp đồng/Thỏa thuận với các bên"),
    "PARTIES_CONTACT": Text("Contacts of the parties", "Thông tin liên lạc của các bên"),
}
