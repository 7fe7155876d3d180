"""`sluice up` and `sluice token`."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from deploy.local.errors import StackError
from deploy.local.tokens import make_token
from libs.identity.signing import ALL_SCOPES

if TYPE_CHECKING:
    from deploy.local.layout import Description
    from deploy.local.supervisor import Supervisor

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".sluice"),
    show_default=True,
    help="Where everything is kept / Nơi lưu mọi dữ liệu.",
)


@click.command()
@data_dir_option
@click.option(
    "--ingest-port",
    type=click.IntRange(1, 65_535),
    help="Port of the API; default: the last one, 8080, or a free one / Cổng của API.",
)
@click.option(
    "--writers",
    type=click.IntRange(0, 64),
    default=2,
    show_default=True,
    help="Number of writer processes / Số tiến trình ghi.",
)
@click.option("--demo", is_flag=True, help="Push a real register when ready / Nạp một sổ đăng ký thật khi sẵn sàng.")
def up(*, data_dir: Path, ingest_port: int | None, writers: int, demo: bool) -> None:
    """Run the whole stack in the foreground / Chạy toàn bộ hệ thống ở tiền cảnh.

    PostgreSQL, Valkey, ingest and the writers, all below one directory. Ctrl-C drains and stops them.
    """
    # Imported here, because `sluice token` stands in shell lines and has to be quick.
    from deploy.local.demo import run_demo
    from deploy.local.plan import StackOptions
    from deploy.local.stack import Stack
    from deploy.local.whereabouts import whereabouts

    def announce(description: "Description", supervisor: "Supervisor") -> None:
        tell("ready", "sẵn sàng")
        if not demo:
            click.echo(whereabouts(description, data_dir))
            return
        follow = (description, data_dir, lambda: supervisor.stopping)
        threading.Thread(target=run_demo, args=follow, name="demo", daemon=True).start()

    shield_environment()
    options = StackOptions(data_dir=data_dir, ingest_port=ingest_port, writers=writers, environ=os.environ.copy())
    try:
        Stack(options, tell, announce).run()
    except StackError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"The stack cannot run: {error}\nHệ thống không chạy được: {error}") from error
    tell("stopped", "đã dừng")


@click.command()
@click.option("--tenant", type=click.UUID, required=True, help="The tenant the token speaks for / Đơn vị của mã.")
@data_dir_option
@click.option(
    "--scope", default=ALL_SCOPES, show_default=True, help="What it allows / Các quyền, cách nhau bởi dấu cách."
)
@click.option(
    "--ttl", type=click.IntRange(1), default=3600, show_default=True, help="Seconds / Thời hạn, tính bằng giây."
)
@click.option("--subject", default="sluice-token", show_default=True, help="Who uses it / Người sử dụng.")
def token(tenant: UUID, data_dir: Path, scope: str, ttl: int, subject: str) -> None:
    """Print a bearer token for the stack on a data dir / In mã truy cập cho hệ thống trong thư mục dữ liệu."""
    try:
        click.echo(make_token(data_dir, tenant, subject=subject, scope=scope, ttl=ttl))
    except StackError as error:
        raise click.ClickException(str(error)) from error


def tell(english: str, vietnamese: str) -> None:
    """One line about what happens, with the time."""
    with suppress(OSError):  # the terminal is closed: the stack still has to be stopped
        click.echo(f"{time.strftime('%H:%M:%S')}  {english} / {vietnamese}")


def shield_environment() -> None:
    """Keep out what the environment says about other networks and other databases.

    127.0.0.1 is reached without a proxy; libpq's variables, which would change every connection, count for an external
    database only.
    """
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))
    if not os.environ.get("SLUICE_DATABASE_URL"):
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]
