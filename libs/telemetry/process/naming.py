"""What a worker is called that was given no name."""

import functools
import secrets
import socket

LONGEST_HOST = 40
"""PostgreSQL keeps 63 bytes of a session's name. What tells hosts apart stands at the end of their names."""


@functools.cache
def own_name(kind: str) -> str:
    """Another one for each process: containers have one process id in common, and hosts may share a name."""
    return f"{kind}-{socket.gethostname()[-LONGEST_HOST:]}-{secrets.token_hex(3)}"
