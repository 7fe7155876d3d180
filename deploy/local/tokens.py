"""Bearer tokens for the local stack."""

from pathlib import Path
from uuid import UUID

from deploy.local.errors import StackError
from libs.contracts.texts import said
from libs.identity.signing import ALL_SCOPES, sign

SECRET_FILE = "token-secret"  # noqa: S105 -- the name of a file


def make_token(data_dir: Path, tenant: UUID, *, subject: str, scope: str = ALL_SCOPES, ttl: int = 3600) -> str:
    """A token for `tenant` that the stack on `data_dir` accepts for `ttl` seconds.

    Raises StackError if no stack was ever started there.
    """
    secret = data_dir / SECRET_FILE
    if not secret.is_file():
        raise StackError(said("STACK_NEVER_RAN", path=data_dir))
    return sign(secret.read_bytes(), tenant, subject=subject, scope=scope, ttl=ttl)
