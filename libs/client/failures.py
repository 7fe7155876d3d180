"""What the client raises. No message holds a token or anything of a record."""

from typing import Any

from libs.contracts.texts import TEXTS


class SluiceError(Exception):
    """A request was refused, or could not be made.

    `code` is the problem's code (see `libs.contracts.texts.problems`) or one of the client's own
    (`libs.contracts.texts`); `detail` and `detail_vi` say what to do, in English and in Vietnamese; `status` is the
    HTTP status, None where there was no answer; `request_id` names the request in the server's log.
    """

    def __init__(
        self, code: str, detail: str, detail_vi: str, *, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(code, detail, detail_vi)
        self.code = code
        self.detail = detail
        self.detail_vi = detail_vi
        self.status = status
        self.request_id = request_id

    def __str__(self) -> str:
        request = f" (request_id {self.request_id})" if self.request_id else ""
        return f"{self.code}: {self.detail}{request}"


class SluiceUnavailableError(SluiceError):
    """Every attempt failed until `retry_for` seconds had passed; `code` and the details are those of the last one.

    Whether the last request was carried out is unknown where `status` is None. A push can be run again with its key.
    """

    def __init__(self, last: SluiceError, seconds: float, attempts: int) -> None:
        super().__init__(last.code, last.detail, last.detail_vi, status=last.status, request_id=last.request_id)
        self.seconds = seconds
        self.attempts = attempts

    def __str__(self) -> str:
        return f"{super().__str__()} [{self.attempts} attempts in {self.seconds:.1f} s]"


class TokenError(SluiceError):
    """The token is not a JWT with a tenant, so there is no address to post to."""


def own_error(code: str, *, status: int | None = None, request_id: str | None = None, **params: Any) -> SluiceError:
    """An error that the client words itself, from the catalogue of texts."""
    text = TEXTS[code]
    params["status"] = status
    kind = TokenError if code == "TOKEN_UNREADABLE" else SluiceError
    return kind(code, text.en.format_map(params), text.vi.format_map(params), status=status, request_id=request_id)
