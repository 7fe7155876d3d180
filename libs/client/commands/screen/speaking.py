"""The command line in one language: which one, and what the library of the command line would say in English alone."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, get_args

import click

from libs.contracts.texts import LANGUAGE, TEXTS, Language, language, said

OPTION = "--lang"
_OF_CLICK = ("default: ", "required]")


def choose_language(arguments: Sequence[str]) -> None:
    """Speak the language that `--lang` asks for anywhere in the command line, for child processes too.

    Before anything is parsed, because the help texts of a command are made when it is imported.
    """
    for argument, value in pairwise([*arguments, ""]):
        if argument == "--":
            return
        if argument == OPTION or argument.startswith(OPTION + "="):
            os.environ[LANGUAGE] = value if argument == OPTION else argument.partition("=")[2]


def speaking(command: click.Command) -> click.Command:
    """The command, with its subcommands, having the option --lang, and help in one language."""
    for part in _parts(command):
        if part.context_class is not _Context:
            part.context_class = _Context
            part.params.append(_lang_option())
    return command


def error_text(error: click.ClickException) -> str:
    """What went wrong."""
    if language() == "en":
        return error.format_message()
    match error:
        case click.exceptions.NoSuchCommand():
            return said("NO_SUCH_COMMAND", name=error.command_name)
        case click.NoSuchOption():
            return said("NO_SUCH_OPTION", name=error.option_name)
        case click.MissingParameter():
            return said("PARAMETER_MISSING", name=_name(error))
        case click.BadParameter() if error.param and error.ctx:
            return said("PARAMETER_INVALID", name=_name(error), kind=error.param.make_metavar(error.ctx))
        case _:
            return error.format_message()


class _Formatter(click.HelpFormatter):
    """Help in which the library's own words are the catalogue's."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, said("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(_ours(heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().write_dl([(term, _ours(text)) for term, text in rows], *args, **kwargs)


class _Context(click.Context):
    formatter_class = _Formatter


def _ours(text: str) -> str:
    if text in TEXTS:
        return said(text)
    head, bracket, extra = text.rpartition("[")
    return head + bracket + re.sub("|".join(map(re.escape, _OF_CLICK)), lambda found: said(found[0]), extra)


def _name(error: click.BadParameter) -> str:
    if error.param_hint:
        return error.param_hint if isinstance(error.param_hint, str) else " / ".join(error.param_hint)
    return error.param.get_error_hint(error.ctx) if error.param else ""


def _parts(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from _parts(part)


def _lang_option() -> click.Option:
    return click.Option([OPTION], type=click.Choice(get_args(Language)), expose_value=False, help=said("OPTION_LANG"))
