"""Several messages, and the waking of whoever consumes them, in one round trip."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Together:
    """Stands before the script by which Dramatiq does everything: what a thread collects goes into its pipeline."""

    def __init__(self, script: Any) -> None:
        self._script = script
        self._of_thread = threading.local()

    def __call__(self, args: Sequence[Any], keys: Sequence[Any]) -> Any:
        """Run the script, or put it off; then its answer is not known yet."""
        pipe = getattr(self._of_thread, "pipe", None)
        if pipe is None:
            return self._script(args=args, keys=keys)
        return pipe.evalsha(self._script.sha, len(keys), *keys, *args)

    @contextmanager
    def collected(self, pipe: Any) -> Iterator[None]:
        """Have this thread's calls go into a pipeline."""
        self._of_thread.pipe = pipe
        try:
            yield
        finally:
            del self._of_thread.pipe
