"""How old the newest backup is, as its folder says: whoever empties the folder is heard of, too."""

import math
import time
from pathlib import Path

from libs.backups.shelf import Shelf
from libs.telemetry.state import Values


def measured(folder: str) -> Values:
    """Gauges of a folder of backups; without end where it holds none. Raises OSError."""
    newest = next(iter(Shelf(Path(folder)).backups()), None)
    age = time.time() - newest.manifest.taken_at.timestamp() if newest else math.inf
    return {"sluice_backup_age_seconds": {(): age}}
