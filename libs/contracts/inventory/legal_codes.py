"""The kinds of personal data that the law names: the boxes of Mẫu 10, II.3 and of Mẫu 09, II.3.

B01 to B23 are basic data, in the order of Decree 356/2025/NĐ-CP, article 3; S01 to S16 are sensitive data, in the order
of article 4.1. On the form they stand in two columns: down the left one, then down the right one. `LEGAL_CODES` of
`libs.contracts.texts.legal_codes` says what they are called.
"""

from typing import Literal, TypeAlias

LegalCode: TypeAlias = Literal[
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B13", "B14", "B15", "B16",
    "B17", "B18", "B19", "B20", "B21", "B22", "B23",
    "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13", "S14", "S15", "S16",
]  # fmt: skip
