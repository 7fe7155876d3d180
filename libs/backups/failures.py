"""Why a backup or a restore cannot be."""

from typing import Any


class BackupError(Exception):
    """It cannot be done; `code` is one of the catalogue, `passing` whether it may be later."""

    def __init__(self, code: str, *, passing: bool = False, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.passing = passing
        self.params = params
