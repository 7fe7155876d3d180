"""Why a backup or a restore cannot be."""

from typing import Any

from libs.contracts.texts import chosen
from libs.contracts.texts.problems import PROBLEMS


class BackupError(Exception):
    """It cannot be done; `code` is one of the catalogue, `passing` whether it may be later."""

    def __init__(self, code: str, *, passing: bool = False, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.passing = passing
        self.params = params

    def told(self) -> str:
        """The sentence of the catalogue, in this process' language."""
        problem = PROBLEMS[self.code]
        return chosen(problem.detail, problem.detail_vi).format_map(self.params)
