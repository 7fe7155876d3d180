"""`python -m tests.integration.tasks.workplace.processor`: a processor that has types made for tests, too."""

import sys
import threading

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.tasks.context import Context
from services.processor import main as service
from services.processor.tools import Tools
from services.processor.types import TYPES
from tests.integration.tasks.workplace.bench import COUNT, At, Counted, count

PAUSE_S = 0.02
TICK_S = 0.2
"""From one look at schedules, and at what others have left, to the next: sooner than else, for tests that wait."""
ENDLESS = TaskKind("endless", Parameters, Counted, (Stage("turn", 1, "Turning", "Đang quay"),))


def endless(context: Context, _: Tools) -> Counted:
    """Go on until somebody ends it."""
    start = context.restored(At)
    turns = start.number if start else 0
    while True:
        turns += 1
        context.checkpoint("turn", 1 - 1 / turns, At(turns))
        threading.Event().wait(PAUSE_S)


if __name__ == "__main__":
    service.TICK_EVERY_S = service.LEFT_EVERY_S = TICK_S
    types = {**TYPES, COUNT.name: (COUNT, lambda context, _: count(context)), ENDLESS.name: (ENDLESS, endless)}
    sys.exit(service.main(types))
