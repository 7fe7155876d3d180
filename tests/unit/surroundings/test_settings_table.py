"""The page of settings is what the structs declare, and no document names a variable that nobody reads."""

import re
from pathlib import Path

import pytest

from deploy.settings_table import PAGE, page, settings
from libs.settings import BY_FILE, is_address, variable
from tests.root import ROOT

OTHERS = {
    "SLUICE_URL", "SLUICE_TOKEN", "SLUICE_TOKEN_FILE", "SLUICE_DATA_DIR", "SLUICE_LANG",  # of commands
    "SLUICE_OWN_METRICS_DIR",  # of gunicorn for itself
    "SLUICE_VERSION", "SLUICE_PORT", "SLUICE_GRAFANA_PORT", "SLUICE_PROMETHEUS_PORT",  # of deploy/compose.yaml
    "SLUICE_FIGURES",  # of tests
    "SLUICE_X", "SLUICE_X_FILE",
}  # fmt: skip


def test_the_page_is_what_is_declared() -> None:
    assert PAGE.read_text() == page(), "make settings"


def test_each_setting_says_what_it_means() -> None:
    assert [each.field for each in settings() if not each.means] == []


@pytest.mark.parametrize("folder", ["docs", "deploy", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_no_document_names_a_variable_that_nobody_reads(folder: str) -> None:
    known = OTHERS | {variable(each.field) for each in settings()}
    known |= {variable(each.field) + BY_FILE for each in settings() if is_address(each.field)}
    for file in _texts(ROOT / folder):
        named = set(re.findall(r"SLUICE_[A-Z0-9_]+", file.read_text()))
        unknown = {name for name in named - known if not _begins(name, known)}
        assert not unknown, file


def _begins(name: str, known: set[str]) -> bool:
    """Whether it stands for all that begin so, as in `SLUICE_OIDC_…`."""
    return name.endswith("_") and any(each.startswith(name) for each in known)


def _texts(path: Path) -> list[Path]:
    suffixes = {".md", ".yaml", ".yml", ".conf", ".py", ".sh", ""}
    found = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return [each for each in found if each.suffix in suffixes and "__pycache__" not in each.parts]
