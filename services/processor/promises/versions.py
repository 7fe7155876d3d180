"""Notes which versions of Sluice are at work, so that statistics can show where one changed."""

from libs.database.statistics.versions import VersionNotes
from libs.jobs.watching.heartbeat import Heartbeats

LOOK_EVERY_S = 15.0
AT_WORK = ("working", "draining")


class VersionWatch:
    """Looks at the heartbeats of all that works."""

    def __init__(self, heartbeats: Heartbeats, notes: VersionNotes) -> None:
        self._heartbeats = heartbeats
        self._notes = notes

    def look(self) -> None:
        """Note what is at work now, unless nobody has been heard of. Raises psycopg.Error, redis.RedisError."""
        versions = {worker.version for worker in self._heartbeats.workers() if worker.state in AT_WORK}
        if versions:
            self._notes.note(versions)
