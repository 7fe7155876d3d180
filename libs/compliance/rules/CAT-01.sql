-- severity: error
-- entity: data-categories
-- articles: D356 4.1
-- vi: Tên loại dữ liệu thuộc danh mục nhạy cảm nhưng xếp là cơ bản
-- en: Name matches the sensitive list but the category is marked basic
-- remedy-vi: Xếp loại dữ liệu này là nhạy cảm, hoặc đổi tên cho đúng nội dung.
-- remedy-en: Mark the category as sensitive, or name it by what it really holds.
-- words: sinh trắc | vân tay | khuôn mặt | di truyền | sức khỏe | sức khoẻ | bệnh án | tôn giáo | tín ngưỡng | chính trị | dân tộc | chủng tộc | tình dục | định vị | ảnh căn cước | ảnh thẻ căn cước | ảnh cccd | ảnh thẻ cccd | ảnh cmnd | ảnh thẻ cmnd | mật khẩu | thẻ ngân hàng | lịch sử giao dịch | tín dụng | hành vi

SELECT c.data_category_id AS record_id FROM inventory.data_category c
WHERE c.tenant_id = %(tenant)s AND c.category_type = 'basic'
  AND concat_ws(' ', c.name_vi, c.description_vi) ~ %(words)s
