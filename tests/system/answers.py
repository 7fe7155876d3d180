"""What every answer must be like, whatever the request was."""

from typing import Any

import httpx

PROBLEM_MEMBERS = ("type", "title", "title_vi", "detail", "detail_vi", "code", "request_id")
RECORD_ERROR_MEMBERS = {"index", "id", "external_id", "code", "pointer", "error", "error_vi", "stage"}
STAGES = {"validate", "reference", "write"}


def check_answer(answer: httpx.Response) -> None:
    """An httpx hook: no answer is a 500, each names its request, each refusal is a complete problem."""
    answer.read()
    assert answer.status_code != 500, answer.text
    assert answer.headers.get("x-request-id"), f"{answer.request.method} {answer.request.url} has no X-Request-ID"
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        check_problem(answer)


def check_problem(answer: httpx.Response) -> None:
    """The answer is `application/problem+json` with every member, in both languages."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers["content-type"]
    problem = answer.json()
    for member in PROBLEM_MEMBERS:
        assert isinstance(problem[member], str), member
        assert problem[member], member
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert isinstance(problem["retryable"], bool)
    assert problem["title"] != problem["title_vi"]
    assert problem["detail"] != problem["detail_vi"]


def check_record_error(error: dict[str, Any]) -> None:
    """The error of one record has every member and says what is wrong in both languages."""
    assert error.keys() >= RECORD_ERROR_MEMBERS
    assert isinstance(error["index"], int)
    assert error["code"]
    assert error["pointer"] == "" or error["pointer"].startswith("/")
    assert error["error"]
    assert error["error_vi"]
    assert error["error"] != error["error_vi"]
    assert error["stage"] in STAGES


def counted(body: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and failed, as a 201 counts them."""
    return body["total_created"], body["total_updated"], body["total_unchanged"], body["total_failed"]
