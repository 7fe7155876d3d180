"""Addresses that stand in a file: a password that is changed there is taken up by the next connection.

A service keeps to the server that it was started with. What else may be in the file is looked at by whoever knows the
kind of address.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog

log = structlog.get_logger()


class FiledAddress(str):
    """An address as its file had it when it was read first."""

    __slots__ = ("latest", "path")

    latest: str
    """As the file had it when it was last fit for use."""
    path: Path

    def __new__(cls, text: str, path: Path) -> Self:
        """What stands in this file."""
        address = super().__new__(cls, text)
        address.latest, address.path = text, path
        return address


def current(address: str, place: Callable[[str], object]) -> str:
    """The address with the login that its file has now; as it was, where it stands in no file.

    `place` is what an address says besides the login; it raises ValueError for what is no address. While the file is
    away, is no good, or names another place, the last login counts.
    """
    if not isinstance(address, FiledAddress):
        return address
    try:
        text = read_address(address.path)
        if place(text) == place(address):
            address.latest = text
        else:
            log.warning("address_file_names_another_place", file=str(address.path))
    except (OSError, ValueError) as error:
        log.warning("address_file_is_no_good", file=str(address.path), exc_info=error)
    return address.latest


def read_address(path: Path) -> str:
    """A file's text without the end of its line. Raises OSError, ValueError."""
    return path.read_text("utf-8").rstrip("\r\n")
