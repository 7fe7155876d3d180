"""Mẫu 10: the dossier of the impact of processing personal data, Decree 356/2025/NĐ-CP."""

from libs.contracts.texts.text import Text

MAU_10 = {
    "TITLE_MAU_10": Text(
        "Impact assessment of processing personal data (Mẫu 10)",
        "Hồ sơ đánh giá tác động xử lý dữ liệu cá nhân (Mẫu số 10)",
    ),
    "10_TITLE": Text(
        "DOSSIER\nIMPACT ASSESSMENT OF PROCESSING PERSONAL DATA", "HỒ SƠ\nĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN"
    ),
    "10_A": Text(
        "PART A. IMPACT ASSESSMENT OF PROCESSING PERSONAL DATA BY THE FILING PARTY",
        "PHẦN A. HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN CỦA BÊN NỘP HỒ SƠ",
    ),
    "10_I": Text("I. THE FILING PARTY", "I. THÔNG TIN CƠ BẢN CỦA BÊN NỘP HỒ SƠ"),
    "10_II": Text("II. PROCESSING OF PERSONAL DATA", "II. HOẠT ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN"),
    "10_II_1": Text(
        "1. Roles of the filing party in the processing of personal data",
        "1. Xác định vai trò xử lý dữ liệu cá nhân của bên kê khai hồ sơ",
    ),
    "10_II_1_FORM": Text(
        "(The groups of data subjects, such as customers, employees, applicants, with their numbers on the day of filing)",
        "(Ghi rõ các loại đối tượng chủ thể như khách hàng, người lao động, ứng viên… kèm theo số lượng tính đến thời điểm nộp "
        "hồ sơ)",
    ),
    "10_II_2": Text("2. Flows of personal data by role", "2. Luồng xử lý dữ liệu cá nhân theo vai trò"),
    "10_II_2_FORM": Text(
        "(The data subjects, the purpose, the basic and sensitive personal data and the operations; a drawing of the processes "
        "and systems)",
        "(nêu rõ đối tượng chủ thể, mục đích xử lý, loại dữ liệu cá nhân cơ bản/dữ liệu cá nhân nhạy cảm được xử lý và hoạt "
        "động xử lý tương ứng; mô hình hóa sơ đồ quy trình và hệ thống xử lý dữ liệu cá nhân)",
    ),
    "10_II_4": Text(
        "4. Consent of data subjects (what they agree to, in which form, by which procedure, with the templates)",
        "4. Sự đồng ý của chủ thể dữ liệu cá nhân (mô tả cụ thể nội dung, hình thức, quy trình xin sự đồng ý của từng đối tượng "
        "chủ thể dữ liệu và kèm theo biểu mẫu liên quan)",
    ),
    "10_CONSENT": Text("How consent is asked for and can be shown", "Hình thức, quy trình xin sự đồng ý"),
    "10_CONSENT_SENSITIVE": Text("Told that the data is sensitive", "Đã thông báo là dữ liệu nhạy cảm"),
    "10_CONSENT_NONE": Text(
        "No activity of the inventory rests on consent.", "Không có hoạt động nào dựa trên sự đồng ý."
    ),
    "10_II_10": Text("Transfer of personal data across the border", "Chuyển dữ liệu cá nhân xuyên biên giới"),
    "10_III": Text(
        "III. IMPACT ASSESSMENT OF PROCESSING PERSONAL DATA", "III. ĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN"
    ),
    "10_III_1": Text(
        "1. The business that collects and processes personal data: why it is needed, how it is done, what eases and hinders "
        "it, its risks",
        "1. Đánh giá tổng quan tình hình, hoạt động kinh doanh có liên quan tới việc thu thập, xử lý dữ liệu cá nhân (nêu rõ sự "
        "cần thiết của hoạt động xử lý dữ liệu cá nhân trong lĩnh vực hoạt động của tổ chức; thực trạng xử lý dữ liệu cá nhân "
        "của tổ chức bao gồm thuận lợi và khó khăn, rủi ro trong việc xử lý dữ liệu cá nhân)",
    ),
    "10_III_2": Text(
        "2. Impact of processing personal data, by each matter: how things are, what is required, what may happen and why, "
        "solutions with their good and bad effects, and what is proposed; by numbers and by judgement, with the harm that may "
        "come and how it is lessened",
        "2. Đánh giá tác động việc xử lý dữ liệu cá nhân (đánh giá theo từng nội dung cụ thể, phân tích mỗi vấn đề, bao gồm mô "
        "tả thực trạng, phân tích yêu cầu, dự kiến tình huống phát sinh, nguyên nhân, giải pháp; đánh giá tác động các giải "
        "pháp đề xuất (tích cực, tiêu cực) của từng giải pháp; kiến nghị trên cơ sở so sánh tác động tích cực, tiêu cực. Tác "
        "động được đánh giá theo phương pháp định lượng, phương pháp định tính, nêu rõ hậu quả, thiệt hại không mong muốn có "
        "khả năng xảy ra, các biện pháp giảm thiểu hoặc loại bỏ nguy cơ, tác hại đó.)",
    ),
    "10_III_2_1": Text(
        "2.1. Impact on data subjects: on their rights and interests",
        "2.1. Tác động đến chủ thể dữ liệu: được đánh giá trên cơ sở phân tích khả năng tác động trực tiếp của việc xử lý dữ "
        "liệu cá nhân tới các quyền và lợi ích của chủ thể dữ liệu",
    ),
    "10_III_2_2": Text(
        "2.2. Impact on the security of the organisation's systems: confidentiality, integrity and availability",
        "2.2. Tác động đến an ninh, an toàn thông tin hệ thống của tổ chức: được đánh giá dựa trên khả năng ảnh hưởng trực tiếp "
        "của hoạt động xử lý dữ liệu cá nhân tới mức độ bảo mật, toàn vẹn và khả năng sẵn sàng của hệ thống thông tin. Việc "
        "đánh giá tập trung vào các yếu tố liên quan đến nguy cơ lộ lọt, truy cập trái phép, thay đổi trái phép dữ liệu, gián "
        "đoạn vận hành hệ thống, mức độ đáp ứng của các biện pháp kỹ thuật hiện hữu và khả năng phát sinh lỗ hổng bảo mật trong "
        "quá trình xử lý dữ liệu.",
    ),
    "10_III_2_3": Text(
        "2.3. Impact on national security, public order and safety: for basic data of more than 100,000 data subjects, or "
        "sensitive data of more than 10,000",
        "2.3. Tác động đến an ninh quốc gia, trật tự an toàn xã hội: đánh giá trong trường hợp xử lý dữ liệu cá nhân cơ bản của "
        "trên 100.000 chủ thể dữ liệu hoặc xử lý dữ liệu cá nhân nhạy cảm của trên 10.000 chủ thể dữ liệu. Việc đánh giá tập "
        "trung vào các yếu tố liên quan đến việc xử lý dữ liệu cá nhân với số lượng lớn có thể gây ảnh hưởng đến an ninh quốc "
        "gia, trật tự an toàn xã hội và các biện pháp bảo vệ dữ liệu cá nhân tương ứng.",
    ),
    "10_B": Text(
        "PART B. PARTIES CONCERNED IN PROCESSING PERSONAL DATA",
        "PHẦN B. THÔNG TIN CÁC BÊN LIÊN QUAN TRONG HOẠT ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN",
    ),
    "10_B_I": Text("I. CONTROLLERS OF PERSONAL DATA", "I. THÔNG TIN CỦA BÊN KIỂM SOÁT DỮ LIỆU CÁ NHÂN"),
    "10_B_II": Text("II. PROCESSORS OF PERSONAL DATA", "II. THÔNG TIN CỦA BÊN XỬ LÝ DỮ LIỆU CÁ NHÂN"),
    "10_B_III": Text("III. THIRD PARTIES", "III. THÔNG TIN CỦA BÊN THỨ BA"),
    "10_B_FORM": Text(
        "(As fits their part in the processing of personal data)",
        "(Kê khai phù hợp với mối quan hệ trong hoạt động xử lý dữ liệu cá nhân)",
    ),
}
