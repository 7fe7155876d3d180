"""Options of commands that are settings of the services, too."""

import os

import click

from libs.settings import PREFIX, stated


class AddressOption(click.Option):
    """An address of the environment, or of the file that the environment names for it (`libs.settings.stated`)."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """The address; None where the environment says nothing. Raises UsageError."""
        assert isinstance(self.envvar, str)
        try:
            return stated(self.envvar.removeprefix(PREFIX).lower(), os.environ) or None
        except ValueError as error:
            raise click.UsageError(str(error), ctx) from None
