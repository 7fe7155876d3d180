"""The encoding of a text: byte order mark, pattern of NULs, strict UTF-8, Vietnamese encodings by what they spell.

charset-normalizer, which guesses the rest, takes TCVN3 for cp1257 and VNI for cp1250; so these come first, and are told
by the words that appear when a text is read with them.
"""

import codecs
import re

from charset_normalizer import from_bytes
from msgspec import Struct

from libs.contracts.inventory.normal_form import in_form
from libs.files.sniffing.vietnamese import register

register()

SAMPLE = 256 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Those of UTF-32 first: UTF-16's is the beginning of one."""
LEGACY = ("tcvn3", "vni")
"""Encodings that are converted only once a person agrees."""
_VIETNAMESE = ("cp1258", *LEGACY)
DAMAGE = 4
"""A text in UTF-8 has this many whole characters beyond ASCII, at least, for each byte that is none."""
LONGEST_NAME = 40
"""Characters of an encoding's name."""
_IN_ASCII = ("hz", "idna", "iso2022", "punycode", "raw-unicode-escape", "utf-7")
"""Codecs that write other letters with ASCII's bytes: what a line says may depend on the lines before it, and ASCII's
bytes may be no text."""
_ASCII = '\r\n\t ,;|"az09'
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    """
    và của các được người không có với là cho để trong theo từ khi này đã một những về tại số thông tin dữ liệu
    cá nhân khách hàng hợp đồng xử lý hoạt động mục đích pháp căn cứ tên mã họ điện thoại địa chỉ ngày tháng năm
    công ty nhà nước quản dịch vụ nhân viên lao động y tế bảo mật lưu trữ chuyển giao bên thứ ba chăm sóc quảng
    cáo thực hiện nâng cao chất lượng phân tích nghĩa thuế kế toán khám chữa bệnh giáo dục ngân hàng tài chính
    đơn loại ghi chú trạng thái quốc gia nguồn gốc thời gian biện đồng ý chủ thể nhận
    """.split()  # noqa: SIM905 -- words are read best as words
)
ENOUGH = 0.25
"""Share of words with diacritics that must be common ones; ordinary texts have more than a half."""


class Encoding(Struct, frozen=True):
    """How a text is encoded."""

    name: str
    """A codec's name; its text has no byte order mark."""
    mark: int = 0
    """Bytes of the byte order mark before it."""
    certain: bool = True
    """False where a person has to agree."""


def encoding_of(sample: bytes, *, whole: bool = False) -> Encoding:
    """The encoding of a text by its first bytes; `whole` says that there are no others."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return Encoding(name, len(mark))
    if b"\0" in sample and (wide := _by_nuls(sample)):
        return Encoding(wide)
    if _is_utf8(sample, whole=whole):
        return Encoding("utf-8")
    scores = {name: spelled(sample.decode(name, "replace")) for name in _VIETNAMESE}
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= ENOUGH:
        return Encoding(best, certain=best not in LEGACY)
    guess = from_bytes(sample).best()
    name = guess.encoding if guess and is_readable(guess.encoding) else "cp1252"
    return Encoding(codecs.lookup(name).name, certain=False)


def is_readable(encoding: str) -> bool:
    """Whether texts of this encoding can be cut into lines: it is UTF-16, or has ASCII's bytes for ASCII alone."""
    if len(encoding) > LONGEST_NAME:
        return False
    try:
        known = codecs.lookup(encoding).name
        if known.startswith(_IN_ASCII):
            return False
        return known in ("utf-16-le", "utf-16-be", *LEGACY) or _ASCII.encode(known) == _ASCII.encode()
    except (LookupError, ValueError):
        return False


def spelled(text: str) -> float:
    """The share of common Vietnamese words among those with letters beyond ASCII; 0 where there are none."""
    words = [word.lower() for word in _WORD.findall(in_form("NFC", text)) if not word.isascii()]
    return sum(word in _COMMON for word in words) / len(words) if words else 0.0


def _is_utf8(sample: bytes, *, whole: bool) -> bool:
    """Whether a text is UTF-8; a few lines that somebody pasted in another encoding do not make it another's."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample, final=whole)
    beyond = [character for character in text if character > "\x7f"]
    damaged = sum("\udc80" <= character <= "\udcff" for character in beyond)
    return damaged * DAMAGE < len(beyond) or not beyond


def _by_nuls(sample: bytes) -> str | None:
    """UTF-16 by its zeros: ASCII, of which separators and line ends are made, has one in each second byte."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    many = len(sample) / 20
    if odd > many and even * 10 < odd:
        return _with_lines(sample, "utf-16-le")
    return _with_lines(sample, "utf-16-be") if even > many and odd * 10 < even else None


def _with_lines(sample: bytes, wide: str) -> str | None:
    """The encoding, if the sample has the end of a line in it: else zeros are within cells of another."""
    return wide if "\n" in sample.decode(wide, "replace") else None
