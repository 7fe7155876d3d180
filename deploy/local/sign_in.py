"""One-time links that sign a person in to the console of a local stack."""

from pathlib import Path
from uuid import UUID

import msgspec
import redis

from deploy.local.data_dir.layout import Description, Layout
from deploy.local.errors import StackError
from libs.contracts.texts import said
from libs.identity.callers import Caller
from libs.identity.signing import ALL_SCOPES, SYSTEM_SCOPES
from libs.jobs.server.connection import connect
from services.console.sign_in.sessions import Links

LINK_S = 600
EVERYTHING = f"{ALL_SCOPES} {SYSTEM_SCOPES}"


def sign_in_link(
    description: Description, namespace: str, tenant: UUID, *, subject: str, scope: str = EVERYTHING, ttl: int = LINK_S
) -> str:
    """A link that is good once, for `ttl` seconds. Raises redis.RedisError."""
    caller = Caller(subject, tenant, frozenset(scope.split()))
    with connect(description.redis_url, durable=False) as client:
        secret = Links(client, namespace).make(caller, ttl)
    return f"{description.console_url}/sign-in?link={secret}"


def running_stack(data_dir: Path) -> Description:
    """What runs on a data dir. Raises StackError where nothing does."""
    path = Layout(data_dir.absolute()).description
    try:
        return msgspec.json.decode(path.read_bytes(), type=Description)
    except (OSError, msgspec.MsgspecError) as error:
        raise StackError(said("STACK_NEVER_RAN", path=data_dir)) from error


def link_or_reason(description: Description, namespace: str, tenant: UUID, *, subject: str) -> str:
    """The same for whoever only shows it: why there is none, where there is none."""
    try:
        return sign_in_link(description, namespace, tenant, subject=subject)
    except redis.RedisError as error:
        return said("REDIS_AWAY", reason=error)
