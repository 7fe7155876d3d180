"""`python -m deploy.settings_table`: write docs/settings.md, a line for each setting, from what declares them."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from deploy.config_command import SETTINGS, structs_of
from libs.settings import BY_FILE, is_address, variable

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = f"""# Settings

Every variable that a service reads, as it is declared (`make settings` writes this page). `sluice config show SERVICE`
lists them, `sluice config check SERVICE` checks them as the service will. All faults are said at once, and a service
does not start with one. An empty variable is an unset one.

A variable whose name ends in `_URL` may hold a password. Instead of it give `…{BY_FILE}`, the path of a file with it.
"""
TAIL = """
Others: `SLUICE_URL`, `SLUICE_TOKEN` or `SLUICE_TOKEN_FILE`, `SLUICE_DATA_DIR`, `SLUICE_LANG` of commands; `AWS_…` of an
object store ([files.md](files.md#for-operators)), `OTEL_…` of [traces](operations.md#traces),
`PROMETHEUS_MULTIPROC_DIR` of ingest's [metrics](operations.md#probes-and-metrics).
"""


class Setting(Struct, frozen=True):
    """One variable, by all services that read it."""

    field: str
    services: tuple[str, ...]
    defaults: tuple[str, ...]
    """Of each service."""
    means: str


def settings() -> list[Setting]:
    """All of them, in the order in which they are declared."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for service in SETTINGS:
        for owner, field in owned(structs_of(service)):
            told = found.setdefault(field.name, [])
            if service not in [each for each, *_ in told]:
                told.append((service, _default(field), documented(owner).get(field.name, "")))
    return [_setting(name, told) for name, told in found.items()]


def page() -> str:
    """The page of them: those that the same services read stand together, those of most services first."""
    chapters = sorted(settings(), key=lambda each: (-len(each.services), list(SETTINGS).index(each.services[0])))
    pieces = [HEAD]
    for services, group in groupby(chapters, key=lambda each: each.services):
        pieces += [f"\n## {', '.join(services)}\n\n| Variable | Default | |\n| --- | --- | --- |\n", *map(_line, group)]
    return "".join((*pieces, TAIL))


def owned(kinds: Iterable[type[Struct]]) -> Iterator[tuple[type[Struct], msgspec.structs.FieldInfo]]:
    """Fields that are variables, each with the struct that declares it."""
    for kind in kinds:
        for field in msgspec.structs.fields(kind):
            if isinstance(field.type, type) and issubclass(field.type, Struct):
                yield from owned([field.type])
            else:
                yield kind, field


@cache
def documented(kind: type[Struct]) -> dict[str, str]:
    """What stands below each field of a struct, in one line."""
    (declared,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(declared, ast.ClassDef)
    texts: dict[str, str] = {}
    for field, text in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            texts[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return texts


def _setting(name: str, told: list[tuple[str, str, str]]) -> Setting:
    services, defaults, means = zip(*told, strict=True)
    return Setting(name, services, defaults, _each(services, [text or means[0] for text in means]))


def _each(services: Sequence[str], texts: Sequence[str]) -> str:
    """What is said of each service, or once where that is the same."""
    if len(set(texts)) == 1:
        return texts[0]
    return "; ".join(f"{service}: {text.removesuffix('.')}" for service, text in zip(services, texts, strict=True))


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    return f"`{field.default}`" if field.default != "" else ""


def _line(each: Setting) -> str:
    name = f"`{variable(each.field)}`" + f", `…{BY_FILE}`" * is_address(each.field)
    return f"| {name} | {_each(each.services, each.defaults)} | {each.means.replace('|', chr(92) + '|')} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
