"""What the console's pages say, one module a page. A page speaks one language at a time; the reader chooses it."""

from libs.contracts.texts.console.dossiers import DOSSIERS
from libs.contracts.texts.console.findings import FINDINGS
from libs.contracts.texts.console.frame import FRAME
from libs.contracts.texts.console.inventory import INVENTORY
from libs.contracts.texts.console.now import NOW
from libs.contracts.texts.console.organisation import ORGANISATION
from libs.contracts.texts.console.sign_in import SIGN_IN
from libs.contracts.texts.console.statistics import STATISTICS
from libs.contracts.texts.console.system import SYSTEM
from libs.contracts.texts.console.work.bulk import BULK
from libs.contracts.texts.console.work.files import FILES
from libs.contracts.texts.console.work.job import JOB
from libs.contracts.texts.console.work.jobs import JOBS
from libs.contracts.texts.console.work.mappings import MAPPINGS
from libs.contracts.texts.console.work.mend import MEND
from libs.contracts.texts.console.work.results import RESULTS
from libs.contracts.texts.text import Text

CONSOLE: dict[str, Text] = {
    **BULK, **DOSSIERS, **FILES, **FINDINGS, **FRAME, **INVENTORY, **JOB, **JOBS, **MAPPINGS, **MEND, **NOW,
    **ORGANISATION, **RESULTS,
    **SIGN_IN, **STATISTICS, **SYSTEM,
}  # fmt: skip
