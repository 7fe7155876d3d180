"""What is done with personal data: the boxes of section II that Mẫu 09 and Mẫu 10 have in common."""

from libs.contracts.texts.text import Text

PROCESSING = {
    "ROLE_CONTROLLER": Text(
        "Controller of personal data, controller and processor of personal data",
        "Bên kiểm soát dữ liệu cá nhân, Bên kiểm soát và xử lý dữ liệu cá nhân",
    ),
    "ROLE_PROCESSOR": Text("Processor of personal data", "Bên xử lý dữ liệu cá nhân"),
    "ROLE_THIRD_PARTY": Text("Third party", "Bên thứ ba"),
    "ROLE_NONE": Text("Activities that do not say the role", "Các hoạt động chưa nêu vai trò"),
    "SUBJECTS": Text("Data subjects (group)", "Tên đối tượng chủ thể dữ liệu cá nhân"),
    "SUBJECTS_COUNT": Text("Number", "Số lượng"),
    "SUBJECTS_ACTIVITIES": Text("Activities", "Số hoạt động"),
    "SUBJECTS_HOW": Text(
        "(The number is the largest of any one activity: several activities have the data of the same people.)",
        "(Số lượng là số lớn nhất trong các hoạt động cùng nhóm, vì nhiều hoạt động có chung chủ thể.)",
    ),
    "FLOW_ACTIVITY": Text("Activity", "Hoạt động"),
    "FLOW_PURPOSE": Text("Purpose", "Mục đích"),
    "FLOW_BASIC": Text("Basic data", "Dữ liệu cơ bản"),
    "FLOW_SENSITIVE": Text("Sensitive data", "Dữ liệu nhạy cảm"),
    "FLOW_OPERATIONS": Text("Operations, systems", "Hoạt động xử lý, hệ thống"),
    "FLOW_PICTURE": Text(
        "[A drawing of the processes and systems belongs here; a person draws it.]",
        "[Sơ đồ quy trình và hệ thống do người lập hồ sơ vẽ và chèn tại đây.]",
    ),
    "KINDS": Text("3. Kinds of personal data that are processed", "3. Loại dữ liệu cá nhân được xử lý"),
    "KINDS_BASIC_TOTAL": Text("Number of kinds of basic data", "Tổng số loại dữ liệu cá nhân cơ bản"),
    "KINDS_SENSITIVE_TOTAL": Text("Number of kinds of sensitive data", "Tổng số loại dữ liệu cá nhân nhạy cảm"),
    "KINDS_BASIC": Text(
        "3.1. Basic personal data (Decree 356/2025/NĐ-CP, article 3)",
        "3.1. Dữ liệu cá nhân cơ bản (căn cứ Điều 3 Nghị định số 356/2025/NĐ-CP ngày 31 tháng 12 năm 2025 của Chính phủ quy "
        "định chi tiết một số điều và biện pháp thi hành Luật Bảo vệ dữ liệu cá nhân; tích √ vào loại dữ liệu cá nhân quy định)",
    ),
    "KINDS_SENSITIVE": Text(
        "3.2. Sensitive personal data (Decree 356/2025/NĐ-CP, article 4.1)",
        "3.2. Dữ liệu cá nhân nhạy cảm (căn cứ khoản 1 Điều 4 Nghị định số 356/2025/NĐ-CP ngày 31 tháng 12 năm 2025 của "
        "Chính phủ quy định chi tiết một số điều và biện pháp thi hành Luật Bảo vệ dữ liệu cá nhân; tích √ vào loại dữ liệu "
        "cá nhân quy định)",
    ),
    "KINDS_CODES": Text("Kinds of data without a box of the form", "Loại dữ liệu chưa gắn với ô nào của mẫu"),
    "KINDS_LINKED": Text("Kinds of data of each activity", "Loại dữ liệu của từng hoạt động"),
    "STORING": Text(
        "{n}. How personal data is kept (with the policy or rules on keeping it)",
        "{n}. Nội dung quy định về việc lưu trữ dữ liệu cá nhân (kèm theo văn bản thể hiện chính sách, quy định lưu trữ dữ "
        "liệu cá nhân)",
    ),
    "STORING_PERIOD": Text("Kept for", "Thời hạn lưu trữ"),
    "STORING_MONTHS": Text("{n} months", "{n} tháng"),
    "DELETING": Text(
        "{n}. How personal data is deleted and destroyed (with the policy or rules on it)",
        "{n}. Nội dung quy định về việc xóa, hủy dữ liệu cá nhân (kèm theo văn bản thể hiện chính sách, quy định xóa, hủy dữ "
        "liệu cá nhân)",
    ),
    "DELETING_HOW": Text("How it is deleted", "Cách thức xóa, hủy"),
    "HANDING": Text(
        "Personal data is handed over (Law on Personal Data Protection, article 17)",
        "Chuyển giao dữ liệu cá nhân (theo quy định tại Điều 17 Luật Bảo vệ dữ liệu cá nhân)",
    ),
    "HANDING_FEE": Text("It is handed over for a fee", "Chuyển giao dữ liệu cá nhân có thu phí"),
    "EXCHANGE": Text("Trading on a data exchange", "Tham gia hoạt động giao dịch trên sàn dữ liệu"),
    "SELLING": Text("Selling services of processing personal data", "Kinh doanh dịch vụ xử lý dữ liệu cá nhân"),
    "SELLING_WHICH": Text(
        "Services that the organisation sells:", "Danh mục dịch vụ xử lý dữ liệu cá nhân tổ chức cung cấp:"
    ),
    "SERVICE_1": Text(
        "Running automatic systems or software that process personal data for a controller",
        "Dịch vụ cung cấp và vận hành hệ thống, phần mềm tự động để thay mặt Bên kiểm soát, Bên kiểm soát và xử lý tiến hành "
        "xử lý dữ liệu cá nhân",
    ),
    "SERVICE_2": Text(
        "Scoring, ranking and rating the trustworthiness of data subjects",
        "Dịch vụ chấm điểm, xếp hạng, đánh giá mức độ tín nhiệm của chủ thể dữ liệu cá nhân",
    ),
    "SERVICE_3": Text(
        "Collecting and processing personal data online from websites, apps, software and social networks",
        "Dịch vụ thu thập, xử lý dữ liệu cá nhân trực tuyến từ trang web, ứng dụng, phần mềm và mạng xã hội",
    ),
    "SERVICE_4": Text(
        "Collecting and processing personal data through websites, apps and software for health care and health services",
        "Dịch vụ thu thập, xử lý dữ liệu cá nhân qua trang web, ứng dụng, phần mềm chăm sóc sức khỏe, theo dõi sức khỏe, dịch "
        "vụ y tế",
    ),
    "SERVICE_5": Text(
        "Collecting and processing personal data through educational apps and software that watch over people",
        "Dịch vụ thu thập, xử lý dữ liệu cá nhân qua ứng dụng, phần mềm giáo dục có yếu tố giám sát như điểm danh, ghi hình, "
        "chấm điểm hành vi, nhận diện cảm xúc",
    ),
    "SERVICE_6": Text(
        "Analysing and exploiting personal data",
        "Dịch vụ phân tích và khai thác dữ liệu cá nhân, gồm: sử dụng các công cụ phân tích để tìm kiếm thông tin, xu hướng và "
        "mẫu từ dữ liệu cá nhân; áp dụng các phương pháp khai thác dữ liệu để trích xuất giá trị từ dữ liệu cá nhân, dự đoán "
        "hành vi người dùng hoặc tối ưu hóa dịch vụ",
    ),
    "SERVICE_7": Text(
        "Encrypting personal data in transit and at rest",
        "Dịch vụ mã hóa dữ liệu cá nhân trong quá trình truyền tải và lưu trữ",
    ),
    "SERVICE_8": Text(
        "Automatic processing of personal data by big data, artificial intelligence, blockchain, metaverse",
        "Dịch vụ xử lý dữ liệu cá nhân tự động dựa trên công nghệ dữ liệu lớn, trí tuệ nhân tạo, chuỗi khối, vũ trụ ảo",
    ),
    "SERVICE_9": Text(
        "Platforms that provide the location of people", "Dịch vụ nền tảng ứng dụng cung cấp dữ liệu vị trí cá nhân"
    ),
    "MEASURES": Text("{n}. Measures that protect personal data", "{n}. Biện pháp bảo vệ dữ liệu cá nhân"),
    "MEASURES_PLAN": Text(
        "Plans for the security of personal data (those that are in force)",
        "Phương án bảo đảm an toàn dữ liệu cá nhân (nêu rõ các phương án đang triển khai để bảo đảm an toàn dữ liệu cá nhân)",
    ),
    "MEASURES_TAKEN": Text(
        "Measures that protect personal data (technical, organisational, training; standards that are applied; a drawing of "
        "the systems with their measures)",
        "Biện pháp bảo vệ dữ liệu cá nhân (nêu rõ các biện pháp kỹ thuật, quản lý, đào tạo đã triển khai; việc áp dụng tiêu "
        "chuẩn liên quan đến bảo vệ dữ liệu cá nhân; sơ đồ thiết kế hệ thống và các biện pháp bảo vệ tương ứng)",
    ),
    "MEASURES_TESTED": Text(
        "Tests and reviews of the security of networks, systems and devices (what, of what, how often, what for)",
        "Kiểm tra, đánh giá an ninh mạng, an toàn hệ thống thông tin, phương tiện, thiết bị nhằm bảo vệ dữ liệu cá nhân (nêu "
        "cụ thể nội dung, đối tượng, tần suất, mục đích)",
    ),
    "MEASURE": Text("Measure", "Biện pháp"),
    "REVIEW": Text(
        "{n}. Review of compliance with the rules on the protection of personal data (how, when, with what result)",
        "{n}. Đánh giá tuân thủ các quy định về bảo vệ dữ liệu cá nhân (nêu cụ thể hình thức, thời điểm và kết quả đánh giá "
        "tuân thủ)",
    ),
    "ASPECTS": Text(
        "1. Aspects and problems\n2. Aim of a solution\n3. Measures that are taken and proposed\n4. Effect of the measures on "
        "those concerned\n5. Measures that are chosen",
        "1. Xác định các khía cạnh bị tác động và vấn đề\n2. Mục tiêu giải quyết vấn đề\n3. Các biện pháp bảo vệ dữ liệu cá "
        "nhân đã áp dụng và đề xuất để giải quyết vấn đề\n4. Đánh giá hiệu quả và tác động của các biện pháp đối với đối tượng "
        "chịu sự tác động trực tiếp của biện pháp và các đối tượng khác có liên quan\n5. Kiến nghị biện pháp bảo vệ dữ liệu "
        "cá nhân lựa chọn",
    ),
    "PERSON": Text(
        "[To be written by a person: it is a judgement, which the inventory does not hold.]",
        "[Người có thẩm quyền đánh giá và viết phần này: sổ đăng ký không chứa nội dung đánh giá.]",
    ),
    "SECURITY_NEEDED": Text(
        "The inventory has {count} data subjects in one activity ({sensitive} with sensitive data): section 2.3 is needed.",
        "Sổ đăng ký có hoạt động với {count} chủ thể dữ liệu ({sensitive} với dữ liệu nhạy cảm): phải có mục 2.3.",
    ),
    "SECURITY_NOT_SEEN": Text(
        "No activity of the inventory has more than 100,000 data subjects (10,000 with sensitive data), as far as their "
        "numbers are known; several together may.",
        "Theo số liệu đã khai, không hoạt động nào trên 100.000 chủ thể dữ liệu (10.000 với dữ liệu nhạy cảm); tổng các hoạt "
        "động vẫn có thể vượt ngưỡng.",
    ),
}
