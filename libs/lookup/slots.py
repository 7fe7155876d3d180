"""Bounds how many requests of a process do the same slow thing at once."""

import threading
import uuid
from collections import Counter


class Slots:
    """Places, of which one tenant may hold a part, so that others always find some."""

    def __init__(self, most: int, most_of_tenant: int) -> None:
        self._most, self._most_of_tenant = most, most_of_tenant
        self._held: Counter[uuid.UUID] = Counter()
        self._lock = threading.Lock()

    def take(self, tenant_id: uuid.UUID) -> bool:
        """Take a place, to be given back; False where none is free."""
        with self._lock:
            free = self._held.total() < self._most and self._held[tenant_id] < self._most_of_tenant
            if free:
                self._held[tenant_id] += 1
            return free

    def give_back(self, tenant_id: uuid.UUID) -> None:
        """Let another have the place."""
        with self._lock:
            self._held[tenant_id] -= 1
            if not self._held[tenant_id]:
                del self._held[tenant_id]
