"""What `sluice audit verify` says."""

from libs.contracts.texts.text import Text

AUDIT = {
    "AUDIT_WHOLE": Text(
        "The audit trail is whole: {entries:,} entries in {chains:,} chains; {outside:,} older ones are in no chain.",
        "Nhật ký kiểm toán còn nguyên vẹn: {entries:,} mục trong {chains:,} chuỗi; {outside:,} mục cũ hơn không thuộc "
        "chuỗi nào.",
    ),
    "AUDIT_MISSING": Text(
        "Tenant {tenant}: entry {seq} of the audit trail is missing.",
        "Đơn vị {tenant}: thiếu mục {seq} của nhật ký kiểm toán.",
    ),
    "AUDIT_CHANGED": Text(
        "Tenant {tenant}: entry {seq} of the audit trail is not what was stored.",
        "Đơn vị {tenant}: mục {seq} của nhật ký kiểm toán không còn như lúc được lưu.",
    ),
    "AUDIT_CUT_OFF": Text(
        "Tenant {tenant}: the audit trail was longer once; it ends before entry {seq}.",
        "Đơn vị {tenant}: nhật ký kiểm toán từng dài hơn; nay kết thúc trước mục {seq}.",
    ),
    "AUDIT_NOT_AS_NOTED": Text(
        "Tenant {tenant}: the chain up to entry {seq} is another one than the noted head was of.",
        "Đơn vị {tenant}: chuỗi đến mục {seq} không phải là chuỗi có giá trị băm đã ghi lại.",
    ),
    "AUDIT_NO_HEAD": Text(
        "each line must be a tenant, a number and a hash, as `sluice audit verify` prints them",
        "mỗi dòng phải gồm đơn vị, số thứ tự và giá trị băm như `sluice audit verify` in ra",
    ),
    "AUDIT_UNREADABLE": Text(
        "The audit trail cannot be read: {reason}. Its login must be able to become sluice_writer.",
        "Không đọc được nhật ký kiểm toán: {reason}. Tài khoản phải có quyền trở thành sluice_writer.",
    ),
}
