"""The `sluice` command. Its subcommands are entry points, each imported only when it is called."""

import sys
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from libs.client.commands.screen.speaking import choose_language, error_text, speaking
from libs.client.commands.screen.terminal import discard_output, make_readable
from libs.contracts.texts import TEXTS, said

COMMANDS = "sluice.commands"
PROJECT = Path(__file__).parents[3] / "pyproject.toml"
EXIT_INTERRUPTED = 130
EXIT_REFUSED = 2
EXTRAS = {"audit": "database", "migrate": "database"}
"""The extra that holds what a command needs; `local` has everything."""


def commands() -> dict[str, EntryPoint]:
    """The subcommands by name: of what is installed, else of the source tree that this file is in."""
    installed = {found.name: found for found in entry_points(group=COMMANDS)}
    if installed or not PROJECT.is_file():
        return installed
    named: dict[str, str] = tomllib.loads(PROJECT.read_text())["project"]["entry-points"][COMMANDS]
    return {name: EntryPoint(name, value, COMMANDS) for name, value in named.items()}


class EntryPointGroup(click.Group):
    """A group whose subcommands are the entry points of `sluice.commands`; it speaks one language."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, which need no import."""
        return sorted(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now. Raises ClickException that names the fix if a part is not installed."""
        found = commands().get(cmd_name)
        return _load(found) if found else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their texts, so that help works where most of them cannot be imported."""
        names = self.list_commands(ctx)
        rows = [(name, said(f"COMMAND_{name.upper()}") if f"COMMAND_{name.upper()}" in TEXTS else "") for name in names]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and end the process: 2 after a wrong use or a refusal of the system, 130 after Ctrl-C."""
        make_readable()
        choose_language(sys.argv[1:] if kwargs.get("args") is None else kwargs["args"])
        speaking(self)
        self.help = said("HELP_MAIN")
        try:
            sys.exit(super().main(*args, **{**kwargs, "standalone_mode": False}))
        except click.ClickException as error:
            _show(error)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo(said("INTERRUPTED"), err=True)
            sys.exit(EXIT_INTERRUPTED)
        except OSError as error:
            discard_output()
            click.echo(said("SYSTEM_REFUSES", reason=error), err=True)
            sys.exit(EXIT_REFUSED)


def _show(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else ""
    advice = said("USAGE") if isinstance(error, click.UsageError) else ""
    lines = (usage, said("ERROR", message=error_text(error)), advice)
    click.echo("\n".join(filter(None, lines)), err=True)


def _load(found: EntryPoint) -> click.Command:
    try:
        command = found.load()
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(found.name, "local")
        text = said("NOT_INSTALLED", command=found.name, module=error.name, extra=extra)
        raise click.ClickException(text) from error
    if not isinstance(command, click.Command):
        raise TypeError(f"{found.value} is not a click command")
    return speaking(command)


main = EntryPointGroup(name="sluice", no_args_is_help=True)
click.version_option(package_name="sluice")(main)

if __name__ == "__main__":
    main()
