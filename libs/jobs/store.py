"""The job store: what ingest and writers do with live jobs in Redis, beside what everyone reads.

Every method may be called twice with the same arguments without harm. All raise `redis.RedisError` where the server
does not answer; then nothing is known of the call, and calling again, or the sweeper, mends it.
"""

import redis

from libs.jobs.accepting import Accepting
from libs.jobs.delivering import Delivering
from libs.jobs.group_commit import GroupCommit
from libs.jobs.values import Timing


class JobStore(Accepting, Delivering):
    """Both, at one server."""

    def __init__(
        self, client: redis.Redis, namespace: str, timing: Timing, *, waitaof: bool = True, replicas: int = 0
    ) -> None:
        super().__init__(client, namespace)
        self.timing = timing
        self._waitaof = waitaof
        self._replicas = replicas
        self._group = GroupCommit(self._run_durably)
