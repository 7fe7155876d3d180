"""Does beforehand, on keys of its own, all that the services do with Redis."""

import redis
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoPermissionError,
    ReadOnlyError,
    ResponseError,
)

from libs.contracts.texts import said
from libs.jobs.keys import Keys
from libs.jobs.server.stated import syncs_always

PATIENCE_S = 2.0
PROBES = """
HSET h f 1|HSETNX h f 1|HGET h f|HMGET h f|HGETALL h|HINCRBY h f 1|HEXISTS h f|HLEN h
HSCAN h 0|HKEYS h|HSTRLEN h f|HDEL h f
RPUSH l 1|LPUSH l 1|LINDEX l 0|LLEN l|LPOP l|SADD s 1|SCARD s|SISMEMBER s 1|SMEMBERS s|SREM s 1|SPOP s
ZADD z 1 a|ZCARD z|ZSCORE z a|ZRANGE z 0 0|ZRANGEBYSCORE z 0 1|ZREVRANGEBYSCORE z 1 0|ZREVRANGEBYLEX z + -|ZREM z a
ZREMRANGEBYSCORE z 0 1
SET k 1|GET k|KEYS k|EXISTS k|EXPIRE k 60|PEXPIREAT k 4102444800000|PTTL k|TTL k|PERSIST k|UNLINK k|DEL h l s z k
"""
"""Each command of the scripts, of Dramatiq's and of our own, on a key of its kind."""
KINDS = "hlszk"
SHOWN = (["CONFIG", "GET", "appendonly"], "+config|get")


class UnfitRedisError(ValueError):
    """Redis would not do what the services ask of it; the message names the right or the address to change."""

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(said(text, **params))


def check_fitness(client: redis.Redis, namespace: str, stated: str = "") -> None:
    """Write, read, run a script, publish, subscribe, and ask what is stored.

    Where settings were `stated`, the server need not show them, and is put to the proof if it does not.

    Raises UnfitRedisError; redis.RedisError while the server does not answer. That memory or disk is full is no reason
    to stay away: it passes.
    """
    keys = Keys(namespace)
    commands = [*_on_keys(keys.prefix), *_besides(keys.prefix)]
    if stated:
        commands.remove(SHOWN)
    pipe = client.pipeline(transaction=False)
    for command, _ in commands:
        pipe.execute_command(*command)
    answers = pipe.execute(raise_on_error=False)
    rights = [_judge(answer, right, keys.prefix) for answer, (_, right) in zip(answers, commands, strict=True)]
    rights += [_script_right(client, keys.prefix), _channel_right(client, keys.prefix)]
    if lacking := " ".join(dict.fromkeys(filter(None, rights))):
        raise UnfitRedisError("REDIS_RIGHTS", rights=lacking)
    if stated and not syncs_always(client, f"{keys.prefix}:probe:s"):
        raise UnfitRedisError("REDIS_NOT_DURABLE")


def _on_keys(prefix: str) -> list[tuple[list[str], str]]:
    """Commands on keys, each with the right that it takes."""
    probes = [line.split() for line in PROBES.replace("\n", "|").split("|") if line]
    return [
        ([name, *(f"{prefix}:probe:{part}" if part in KINDS else part for part in parts)], f"+{name.lower()}")
        for name, *parts in probes
    ]


def _besides(prefix: str) -> list[tuple[list[str], str]]:
    return [
        (["TIME"], "+time"),
        (["PING"], "+ping"),
        (["INFO", "server"], "+info"),
        SHOWN,
        (["COMMAND"], "+command"),
        (["PUBLISH", f"{prefix}:probe", ""], "+publish"),
        (["WAITAOF", "0", "0", "0"], "+waitaof"),
    ]


def _script_right(client: redis.Redis, prefix: str) -> str:
    try:
        client.evalsha(client.script_load("return 1"), 1, prefix)
    except ResponseError as error:
        return _judge(error, "+evalsha +script|load", prefix)
    return ""


def _channel_right(client: redis.Redis, prefix: str) -> str:
    try:
        with client.pubsub() as listener:
            listener.subscribe(f"{prefix}:probe")
            listener.get_message(timeout=PATIENCE_S)
    except ResponseError as error:
        return _judge(error, "+subscribe", prefix)
    return ""


def _judge(answer: object, right: str, prefix: str) -> str:
    """The right that is lacking, if that is what the answer says. Raises what concerns more than one command."""
    if isinstance(answer, MovedError | AskError | ClusterDownError):
        raise UnfitRedisError("REDIS_SLOT", slot=key_slot(prefix.encode()), prefix=prefix)
    if isinstance(answer, ReadOnlyError):
        raise UnfitRedisError("REDIS_REPLICA")
    if isinstance(answer, redis.ConnectionError | redis.TimeoutError):
        raise answer
    if isinstance(answer, NoPermissionError):
        return _right_named(str(answer), right, prefix)
    unknown = isinstance(answer, ResponseError) and "unknown command" in str(answer).lower()
    return right if unknown and right != "+waitaof" else ""  # without WAITAOF the settings must be enough


def _right_named(message: str, right: str, prefix: str) -> str:
    """Redis tells a command, a key and a channel apart in words alone."""
    if "access" not in message:
        return right
    return f"&{prefix}*" if "channel" in message else f"~{prefix}*"
