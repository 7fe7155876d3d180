"""A Redis that does not show its settings, as managed ones do not: its operator states them, and proofs are asked.

`WAITAOF` is refused where nothing is appended to a file. What was written is on the disk when it is answered under
`appendfsync always` alone; otherwise a WAITAOF that waits for next to nothing comes too early.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

import redis
from msgspec import Meta
from redis.utils import str_if_bytes

from libs.contracts.texts import said

PROMISES = ("appendonly", "appendfsync", "maxmemory-policy")
"""The settings that decide whether a confirmed write is a stored write, and stays."""
PROOF_MS = 20
"""Much less than the second after which `everysec` writes to the disk."""
PROOFS = 5
"""Of those under `everysec` one in seven comes just after a sync."""


def read_stated(text: str) -> dict[str, str]:
    """Settings from `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`. Raises ValueError."""
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    stated = {name.strip(): value.strip() for name, _, value in pairs}
    if text and stated.keys() != set(PROMISES):
        raise ValueError(said("REDIS_STATED"))
    return stated


Stated: TypeAlias = Annotated[str, Meta(extra={"check": read_stated})]
"""A setting, checked when it is read."""


def seen_otherwise(connection: Any) -> Mapping[str, str]:
    """What can be known of the settings without CONFIG GET. Raises redis.ResponseError where it is too little."""
    connection.send_packed_command(connection.pack_commands([("INFO", "memory"), ("WAITAOF", 1, 0, PROOF_MS)]))
    info, proof = answer(connection), answer(connection)
    if isinstance(proof, redis.ResponseError):
        if "appendonly" not in str(proof):
            raise proof
        return {"appendonly": "no"}
    lines = [] if isinstance(info, redis.ResponseError) else str_if_bytes(info).splitlines()
    named = dict(line.split(":", 1) for line in lines if ":" in line)
    return {"maxmemory-policy": named["maxmemory_policy"]} if "maxmemory_policy" in named else {}


def answer(connection: Any) -> Any:
    """The next answer, an error of the server included: others that follow it are to be read, too."""
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def syncs_always(client: redis.Redis, key: str) -> bool:
    """Whether what was written is on the disk at once; a full memory or disk proves nothing. Raises RedisError."""
    pipe: Any = client.pipeline(transaction=False)
    for _ in range(PROOFS):
        pipe.set(key, "")
        pipe.execute_command("WAITAOF", 1, 0, PROOF_MS)
    pipe.unlink(key)
    proofs = pipe.execute(raise_on_error=False)[1:-1:2]
    return all(proof[0] for proof in proofs if isinstance(proof, list))
