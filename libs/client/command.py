"""The `sluice` command. Its subcommands are entry points, each imported only when it is called."""

import sys
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from libs.contracts.texts import TEXTS, both

COMMANDS = "sluice.commands"
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
EXIT_INTERRUPTED = 130
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
    """A group whose subcommands are the entry points of `sluice.commands`; messages come in both languages."""

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
        rows = [(name, both(f"COMMAND_{name.upper()}") if f"COMMAND_{name.upper()}" in TEXTS else "") for name in names]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and end the process: 2 after a wrong command line, 130 after Ctrl-C."""
        try:
            sys.exit(super().main(*args, **{**kwargs, "standalone_mode": False}))
        except click.ClickException as error:
            error.show()
            if isinstance(error, click.UsageError):
                click.echo(both("USAGE"), err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo(both("INTERRUPTED"), err=True)
            sys.exit(EXIT_INTERRUPTED)


def _load(found: EntryPoint) -> click.Command:
    try:
        command = found.load()
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(found.name, "local")
        text = both("NOT_INSTALLED", command=found.name, module=error.name, extra=extra)
        raise click.ClickException(text) from error
    if not isinstance(command, click.Command):
        raise TypeError(f"{found.value} is not a click command")
    return command


main = EntryPointGroup(name="sluice", help=both("HELP_MAIN"), no_args_is_help=True)
click.version_option(package_name="sluice")(main)

if __name__ == "__main__":
    main()
