"""A request that is refused, wherever that is found out; a service turns it into its own kind of answer."""

from typing import Any

import msgspec

from libs.contracts.texts.problems import PROBLEMS


class Refusal(Exception):  # noqa: N818 -- an answer, not a fault
    """A request is refused with a problem of the catalogue.

    `params` fill the texts; `headers` and `members` are added to the answer, and what there is to add to the detail, in
    English and Vietnamese.
    """

    def __init__(
        self,
        code: str,
        *,
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
        addition: tuple[str, str] = ("", ""),
        **params: object,
    ) -> None:
        super().__init__(code)
        self.problem = PROBLEMS[code]
        self.headers = headers or {}
        self.members = members or {}
        self.addition = addition
        self.params = params


def problem_document(refusal: Refusal, request_id: str) -> bytes:
    """The refusal as a problem document (RFC 9457), JSON in both languages."""
    problem, params = refusal.problem, refusal.params
    return msgspec.json.encode(
        {
            **refusal.members,
            "type": f"urn:sluice:problem:{problem.code.lower().replace('_', '-')}",
            "title": problem.title,
            "title_vi": problem.title_vi,
            "status": problem.status,
            "detail": problem.detail.format_map(params) + refusal.addition[0],
            "detail_vi": problem.detail_vi.format_map(params) + refusal.addition[1],
            "code": problem.code,
            "request_id": request_id,
            "retryable": problem.retryable,
        }
    )
