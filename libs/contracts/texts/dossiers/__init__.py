"""What stands in the files of a package, one module a form or a part of several. A file speaks one language.

The Vietnamese of boxes is that of the forms in Decree 356/2025/NĐ-CP; the English is ours, for those who do not read it.
"""

from libs.contracts.texts.dossiers.mau_09 import MAU_09
from libs.contracts.texts.dossiers.mau_10 import MAU_10
from libs.contracts.texts.dossiers.notices import NOTICES
from libs.contracts.texts.dossiers.parties import PARTIES
from libs.contracts.texts.dossiers.processing import PROCESSING
from libs.contracts.texts.dossiers.reports import REPORTS
from libs.contracts.texts.dossiers.words import WORDS
from libs.contracts.texts.text import Text

DOSSIERS: dict[str, Text] = {**WORDS, **PARTIES, **PROCESSING, **NOTICES, **MAU_09, **MAU_10, **REPORTS}
