"""A request that is refused, wherever that is found out; a service turns it into its own kind of answer."""

from typing import Any

from libs.contracts.texts.problems import PROBLEMS


class Refusal(Exception):  # noqa: N818 -- an answer, not a fault
    """A request is refused with a problem of the catalogue.

    `params` fill the texts; `headers` and `members` are added to the answer.
    """

    def __init__(
        self,
        code: str,
        *,
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code)
        self.problem = PROBLEMS[code]
        self.headers = headers or {}
        self.members = members or {}
        self.params = params
