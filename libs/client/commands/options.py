"""How every command of the client finds its server and its token."""

import functools
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec
from click.core import ParameterSource
from msgspec import Struct

from libs.client.client import SluiceClient
from libs.client.commands.screen.display import tell_waiting
from libs.client.failures import SluiceError
from libs.client.tokens import Token
from libs.contracts.texts import chosen, said
from libs.settings import BY_FILE, variable

DEFAULT_DATA_DIR = ".sluice"
LIFETIME = 300
"""Seconds that a token signed here is good for; each request carries a new one."""


class Failure(click.ClickException):
    """A command cannot go on; exit status 2."""

    exit_code = 2


class _Stack(Struct, frozen=True):
    ingest_url: str


def with_client(*, retry_for: float, system: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options --url, --token, --token-file, --data-dir and --tenant.

    The command is called with a SluiceClient first, which is patient for `retry_for` seconds. A SluiceError ends it
    with its message. A token that is signed here is good for the `system`, too, where the command is about that.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @click.option("--url", help=said("OPTION_URL"))
        @click.option("--token", help=said("OPTION_TOKEN"))
        @click.option("--token-file", type=click.Path(path_type=Path), help=said("OPTION_TOKEN_FILE"))
        @click.option("--data-dir", type=click.Path(path_type=Path), default=DEFAULT_DATA_DIR, show_default=True,
                      envvar=variable("data_dir"), help=said("OPTION_DATA_DIR"))  # fmt: skip
        @click.option("--tenant", type=click.UUID, help=said("OPTION_TENANT"))
        @functools.wraps(command)
        def run(
            url: str | None,
            token: str | None,
            token_file: Path | None,
            data_dir: Path,
            tenant: UUID | None,
            **rest: Any,
        ) -> None:
            source = find_token(token, token_file, tenant, data_dir, system=system)
            with _open_client(url or find_url(data_dir), source, retry_for) as client:
                try:
                    command(client, **rest)
                except SluiceError as error:
                    raise Failure(describe(error)) from error

        return run

    return decorate


def again(command: str) -> str:
    """The command line of another command for the same server and tenant; a token is not repeated."""
    context = click.get_current_context()
    given = (
        f"--{name.replace('_', '-')} {shlex.quote(str(context.params[name]))}"
        for name in ("url", "token_file", "data_dir", "tenant")
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    )
    return " ".join((_started(), command, *given))


def _started() -> str:
    """The command as it was started."""
    return shlex.quote(sys.argv[0]) if Path(sys.argv[0]).name == "sluice" else "sluice"


def _open_client(url: str, token: Token, retry_for: float) -> SluiceClient:
    try:
        return SluiceClient(url, token, retry_for=retry_for, on_wait=tell_waiting)
    except ValueError:
        raise click.UsageError(said("URL_INVALID")) from None


def describe(error: SluiceError) -> str:
    """The error for a person."""
    request = f"request_id: {error.request_id}" if error.request_id else ""
    return "\n".join(filter(None, (f"{error.code}: {chosen(error.detail, error.detail_vi)}", request)))


def find_url(data_dir: Path) -> str:
    """The server that the environment names, or the stack that runs on `data_dir`."""
    if url := os.environ.get(variable("url")):
        return url
    path = data_dir / "stack.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Stack).ingest_url
    except FileNotFoundError:
        raise click.UsageError(said("URL_MISSING", path=path)) from None
    except OSError as error:
        raise Failure(said("FILE_UNREADABLE", path=path, reason=error.strerror)) from None
    except msgspec.MsgspecError:
        raise Failure(said("FILE_UNREADABLE", path=path, reason="JSON")) from None


def find_token(
    token: str | None, token_file: Path | None, tenant: UUID | None, data_dir: Path, *, system: bool = False
) -> Token:
    """The token of the options, else of the environment, else of the file that it names."""
    if token:
        return token
    if token_file:
        return functools.partial(_read_text, token_file)
    if tenant:
        return signing(data_dir / "token-secret", tenant, system=system)
    found, path = os.environ.get(variable("token")), os.environ.get(variable("token") + BY_FILE)
    if found and path:
        raise click.UsageError(said("SETTING_TWICE", name=variable("token"), file=variable("token") + BY_FILE))
    if path:
        return functools.partial(_read_text, Path(path))
    if found:
        return found
    raise click.UsageError(said("TOKEN_MISSING"))


def signing(secret_file: Path, tenant: UUID, *, system: bool = False) -> Callable[[], str]:
    """A source of short-lived tokens for the tenant, signed with the stack's own secret."""
    try:
        from libs.identity.signing import ALL_SCOPES, SYSTEM_SCOPES, sign
    except ImportError:
        raise Failure(said("JWT_MISSING")) from None
    secret = _read(secret_file)
    scope = f"{ALL_SCOPES} {SYSTEM_SCOPES}" if system else ALL_SCOPES
    return lambda: sign(secret, tenant, subject="sluice-command", scope=scope, ttl=LIFETIME)


def _read_text(path: Path) -> str:
    return _read(path).decode("ascii", "replace")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(said("FILE_UNREADABLE", path=path, reason=error.strerror)) from None
