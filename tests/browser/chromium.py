"""The browser of the tests: Debian's Chromium, driven by playwright. Its own profile is new and gone with it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDED = "SLUICE_TEST_BROWSER"
"""Set to `required` where a missing browser is a failure and no reason to skip."""
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def path() -> str:
    """Where Chromium is; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get(NEEDED) != "required":
        pytest.skip("there is no Chromium; install it: apt-get install chromium")
    assert found, "there is no Chromium, and the tests need one: apt-get install chromium"
    return found


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium without a window."""
    flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=flags)
        yield browser
        browser.close()
