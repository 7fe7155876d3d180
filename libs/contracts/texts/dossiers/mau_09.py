"""Mẫu 09: the dossier of the impact of transferring personal data across the border, Decree 356/2025/NĐ-CP."""

from libs.contracts.texts.text import Text

MAU_09 = {
    "TITLE_MAU_09": Text(
        "Impact assessment of transferring personal data across the border (Mẫu 09)",
        "Hồ sơ đánh giá tác động chuyển dữ liệu cá nhân xuyên biên giới (Mẫu số 09)",
    ),
    "09_TITLE": Text(
        "DOSSIER\nIMPACT ASSESSMENT OF TRANSFERRING PERSONAL DATA ACROSS THE BORDER",
        "HỒ SƠ\nĐÁNH GIÁ TÁC ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI",
    ),
    "09_A": Text(
        "PART A. IMPACT ASSESSMENT OF THE TRANSFERRING PARTY",
        "PHẦN A. HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI CỦA BÊN CHUYỂN",
    ),
    "09_I": Text("I. THE TRANSFERRING PARTY", "I. THÔNG TIN CƠ BẢN CỦA BÊN CHUYỂN"),
    "09_II": Text(
        "II. TRANSFERS OF PERSONAL DATA ACROSS THE BORDER", "II. HOẠT ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI"
    ),
    "09_CASE_1": Text(
        "1.1. Personal data that is collected and kept in Viet Nam goes to servers outside of its territory",
        "1.1. Chuyển giao dữ liệu cá nhân thu thập, lưu trữ tại Việt Nam đến hệ thống máy chủ đặt ngoài lãnh thổ nước Cộng hòa "
        "xã hội chủ nghĩa Việt Nam",
    ),
    "09_CASE_2": Text(
        "1.2. Personal data is kept and processed in the cloud of a foreign provider",
        "1.2. Lưu trữ, xử lý dữ liệu cá nhân trên dịch vụ điện toán đám mây của nhà cung cấp dịch vụ ở nước ngoài",
    ),
    "09_CASE_3": Text(
        "1.3. Personal data of those who use services in Viet Nam is collected and goes to a platform outside of its territory",
        "1.3. Thu thập dữ liệu cá nhân của cá nhân sử dụng dịch vụ tại Việt Nam và chuyển đến nền tảng ở ngoài lãnh thổ nước "
        "Cộng hòa xã hội chủ nghĩa Việt Nam để tiếp tục xử lý",
    ),
    "09_CASE_4": Text(
        "1.4. Personal data crosses the border through partners or agents in Viet Nam",
        "1.4. Chuyển dữ liệu cá nhân xuyên biên giới thông qua đối tác, đại lý trung gian tại Việt Nam",
    ),
    "09_CASE_5": Text("1.5. Other cases", "1.5. Trường hợp khác (nêu cụ thể)"),
    "09_CASE_0": Text("Transfers that do not say which case they are", "Các lượt chuyển chưa nêu thuộc trường hợp nào"),
    "09_CASES": Text("Case of each transfer", "Trường hợp của từng lượt chuyển"),
    "09_II_1_FORM": Text(
        "(The groups of data subjects, such as customers, employees, applicants, with their numbers on the day of filing)",
        "(Ghi rõ các loại, nhóm đối tượng chủ thể dữ liệu cá nhân như khách hàng, người lao động, ứng viên… kèm theo số lượng "
        "tính đến thời điểm nộp hồ sơ)",
    ),
    "09_II_2": Text("2. Flows of personal data across the border", "2. Luồng chuyển dữ liệu cá nhân xuyên biên giới"),
    "09_II_2_FORM": Text(
        "(The data subjects, the purpose, whether sensitive data is transferred, and what is done with it afterwards; a drawing "
        "of the processes and systems)",
        "(nêu rõ đối tượng chủ thể, mục đích chuyển, có chuyển dữ liệu cá nhân nhạy cảm hay không và hoạt động xử lý sau khi "
        "chuyển tương ứng; mô hình hóa sơ đồ quy trình và hệ thống chuyển dữ liệu cá nhân xuyên biên giới)",
    ),
    "09_TRANSFER": Text("Transfer", "Lượt chuyển"),
    "09_SENSITIVE": Text("Sensitive data", "Dữ liệu nhạy cảm"),
    "09_RECEIVER": Text("Receiver, country", "Bên nhận, quốc gia"),
    "09_STARTED": Text("Since", "Từ ngày"),
    "09_AFTERWARDS": Text("Processing and onward transfer afterwards", "Xử lý và chuyển tiếp sau khi chuyển"),
    "09_FACTS": Text(
        "Start, purpose and receiver of each transfer", "Ngày bắt đầu, mục đích, bên nhận của từng lượt chuyển"
    ),
    "09_BASIS": Text(
        "Contract or binding instrument of each transfer", "Hợp đồng, văn bản ràng buộc của từng lượt chuyển"
    ),
    "09_MEASURES_RECEIVER": Text(
        "Plans of the receiver for the security of personal data",
        "Phương án bảo đảm an toàn dữ liệu cá nhân của Bên nhận dữ liệu cá nhân xuyên biên giới",
    ),
    "09_III": Text(
        "III. IMPACT ASSESSMENT OF TRANSFERRING PERSONAL DATA ACROSS THE BORDER",
        "III. ĐÁNH GIÁ TÁC ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI",
    ),
    "09_III_1": Text(
        "1. The business that transfers personal data across the border: why it is needed, how it is done, what eases and "
        "hinders it, its risks",
        "1. Đánh giá tổng quan tình hình, hoạt động kinh doanh có liên quan tới việc chuyển dữ liệu cá nhân xuyên biên giới "
        "(nêu rõ sự cần thiết của hoạt động chuyển dữ liệu cá nhân xuyên biên giới trong lĩnh vực hoạt động của tổ chức; thực "
        "trạng xử lý dữ liệu cá nhân của tổ chức bao gồm thuận lợi và khó khăn, rủi ro trong việc chuyển dữ liệu cá nhân xuyên "
        "biên giới)",
    ),
    "09_III_2": Text(
        "2. Impact of the transfer, by each matter: how things are, what is required, what may happen and why, solutions with "
        "their good and bad effects, and what is proposed; by numbers and by judgement",
        "2. Đánh giá tác động việc chuyển dữ liệu cá nhân xuyên biên giới (đánh giá theo từng nội dung cụ thể, phân tích mỗi "
        "vấn đề, bao gồm mô tả thực trạng, phân tích yêu cầu, dự kiến tình huống phát sinh, nguyên nhân, giải pháp; đánh giá "
        "tác động các giải pháp đề xuất (tích cực, tiêu cực) của từng giải pháp; kiến nghị trên cơ sở so sánh tác động tích "
        "cực, tiêu cực. Tác động được đánh giá theo phương pháp định lượng, phương pháp định tính, nêu rõ hậu quả, thiệt hại "
        "không mong muốn có khả năng xảy ra, các biện pháp giảm thiểu hoặc loại bỏ nguy cơ, tác hại đó.)",
    ),
    "09_III_2_1": Text(
        "2.1. Impact on data subjects: on their rights and interests",
        "2.1. Tác động đến chủ thể dữ liệu: được đánh giá trên cơ sở phân tích khả năng tác động trực tiếp của việc xử lý dữ "
        "liệu cá nhân tới các quyền và lợi ích của chủ thể dữ liệu",
    ),
    "09_III_2_2": Text(
        "2.2. Impact on the security of the organisation's systems: confidentiality, integrity and availability",
        "2.2. Tác động đến an ninh, an toàn thông tin hệ thống của tổ chức: được đánh giá dựa trên khả năng ảnh hưởng trực tiếp "
        "của hoạt động xử lý dữ liệu cá nhân tới mức độ bảo mật, toàn vẹn và khả năng sẵn sàng của hệ thống thông tin. Việc "
        "đánh giá tập trung vào các yếu tố liên quan đến nguy cơ lộ lọt, truy cập trái phép, thay đổi trái phép dữ liệu, gián "
        "đoạn vận hành hệ thống, mức độ đáp ứng của các biện pháp kỹ thuật hiện hữu và khả năng phát sinh lỗ hổng bảo mật trong "
        "quá trình xử lý dữ liệu.",
    ),
    "09_III_2_3": Text(
        "2.3. Impact on national security, public order and safety: where basic data of more than 100,000 data subjects is "
        "processed and transferred, or sensitive data of more than 10,000 is processed",
        "2.3. Tác động đến an ninh quốc gia, trật tự an toàn xã hội: đánh giá trong trường hợp xử lý và chuyển dữ liệu cá nhân "
        "cơ bản của trên 100.000 chủ thể dữ liệu hoặc xử lý dữ liệu cá nhân nhạy cảm của trên 10.000 chủ thể dữ liệu. Việc đánh "
        "giá tập trung vào các yếu tố liên quan đến việc chuyển dữ liệu cá nhân xuyên biên giới với số lượng lớn có thể gây ảnh "
        "hưởng đến an ninh quốc gia, trật tự an toàn xã hội và các biện pháp bảo vệ dữ liệu cá nhân tương ứng.",
    ),
    "09_III_3": Text(
        "3. How well the receiver protects personal data",
        "3. Đánh giá mức độ bảo vệ dữ liệu cá nhân của Bên nhận dữ liệu cá nhân",
    ),
    "09_III_3_1": Text(
        "3.1. How the receiver processes and keeps data (for each flow)",
        "3.1. Cách thức xử lý và lưu trữ dữ liệu của Bên nhận dữ liệu cá nhân (nêu rõ với từng luồng xử lý dữ liệu)",
    ),
    "09_III_3_2": Text(
        "3.2. Plans of the receiver for the security of personal data (those that are in force)",
        "3.2. Phương án bảo đảm an toàn dữ liệu cá nhân của Bên nhận dữ liệu cá nhân (nêu rõ các phương án đang triển khai để "
        "bảo đảm an toàn dữ liệu cá nhân)",
    ),
    "09_III_3_3": Text(
        "3.3. Measures of the receiver (technical, organisational, training; standards that are applied)",
        "3.3. Các biện pháp bảo vệ dữ liệu cá nhân của Bên nhận dữ liệu cá nhân (nêu rõ các biện pháp kỹ thuật, quản lý, đào "
        "tạo được triển khai; việc áp dụng tiêu chuẩn liên quan đến bảo vệ dữ liệu cá nhân)",
    ),
    "09_III_3_4": Text(
        "3.4. Assessment of the receiver's processing, plans and measures (whether they suffice under the law of Viet Nam, how "
        "risks are prevented, found and answered, what remains and what is proposed)",
        "3.4. Đánh giá cách thức xử lý và lưu trữ, phương án bảo đảm và các biện pháp bảo vệ dữ liệu cá nhân của Bên nhận dữ "
        "liệu cá nhân (đánh giá mức độ đầy đủ, phù hợp và hiệu quả của cách thức xử lý, phương án bảo đảm an toàn dữ liệu cá "
        "nhân và các biện pháp bảo vệ dữ liệu cá nhân đã triển khai; mức độ đáp ứng yêu cầu bảo vệ dữ liệu cá nhân theo pháp "
        "luật Việt Nam; khả năng phòng ngừa, phát hiện và ứng phó rủi ro, sự cố vi phạm dữ liệu cá nhân; nhận định rủi ro còn "
        "tồn tại và đề xuất biện pháp bổ sung, khắc phục nếu có)",
    ),
    "09_B": Text(
        "PART B. PARTIES CONCERNED IN TRANSFERRING PERSONAL DATA ACROSS THE BORDER",
        "PHẦN B. THÔNG TIN CÁC BÊN LIÊN QUAN TRONG HOẠT ĐỘNG CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI",
    ),
    "09_B_I": Text(
        "I. PARTIES THAT TRANSFER ON BEHALF OF THE TRANSFERRING PARTY",
        "I. THÔNG TIN CỦA BÊN THAY MẶT BÊN CHUYỂN THỰC HIỆN CHUYỂN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI",
    ),
    "09_B_I_FORM": Text(
        "(Where it is agreed that another party transfers the data itself; here: parties in Viet Nam of transfers of case 1.4)",
        "(Kê khai trong trường hợp thỏa thuận cho bên khác trực tiếp chuyển dữ liệu cá nhân xuyên biên giới; ở đây: các bên tại "
        "Việt Nam của các lượt chuyển thuộc trường hợp 1.4)",
    ),
    "09_B_II": Text(
        "II. RECEIVERS OF PERSONAL DATA ACROSS THE BORDER", "II. THÔNG TIN CỦA BÊN NHẬN DỮ LIỆU CÁ NHÂN XUYÊN BIÊN GIỚI"
    ),
    "09_B_II_FORM": Text(
        "(As fits their part in transferring and receiving)",
        "(Kê khai phù hợp với mối quan hệ trong hoạt động chuyển và nhận dữ liệu cá nhân)",
    ),
    "09_B_III": Text("III. OTHER PARTIES", "III. THÔNG TIN CỦA BÊN KHÁC"),
    "09_B_III_FORM": Text(
        "(Others that are concerned in the transfer)",
        "(Các bên khác có liên quan trong hoạt động chuyển dữ liệu cá nhân xuyên biên giới)",
    ),
}
