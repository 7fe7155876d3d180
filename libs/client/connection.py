"""Requests to the server: the token, the retries and the errors are handled here and nowhere else."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from libs.client import tokens
from libs.client.failures import SluiceError, own_error
from libs.client.retrying import Retrying, TransientError, parse_retry_after, worth_retrying
from libs.contracts.answers import ProblemView

T = TypeVar("T")

_BROKEN = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)


def decode(response: httpx.Response, kind: type[T]) -> T:
    """The body of an answer. Raises SluiceError UNEXPECTED_ANSWER if it is not of that kind."""
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _unexpected(response) from None


def problem_code(response: httpx.Response) -> str | None:
    """The code of a refused request; None for a success and for what is no problem document."""
    problem = None if response.is_success else _problem_document(response)
    return problem.code if problem else None


class Connection:
    """One server, spoken to with one token; the token is asked for by one thread at a time."""

    def __init__(self, base_url: str, token: tokens.Token, *, timeout: float, retrying: Retrying) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("base_url must begin with http:// or https:// and name a host")
        self._token = token
        self._token_lock = threading.Lock()
        self._retrying = retrying
        self._http = httpx.Client(base_url=base_url, timeout=timeout, headers={"Accept": "application/json"})

    @property
    def retrying(self) -> Retrying:
        """The clock, the sleep and the patience that whatever uses this connection shares."""
        return self._retrying

    def tenant(self) -> str:
        """The token's tenant. Raises TokenError."""
        return tokens.tenant_of(self._current())

    def _current(self) -> str:
        with self._token_lock:
            return tokens.current(self._token)

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def get(self, path: str, kind: type[T], params: Mapping[str, Any] | None = None) -> T:
        """The decoded answer to a GET. Raises SluiceError."""
        return decode(self.send("GET", path, params=params), kind)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        allowed: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> httpx.Response:
        """The answer to a request that is safe to send again; it is, until it is answered.

        Raises SluiceError for an answer that is neither a success nor `allowed`, SluiceUnavailableError when the time
        is up.
        """
        return self._retrying.run(
            lambda: self.attempt(method, path, params=params, headers=headers, content=content, allowed=allowed)
        )

    def attempt(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        allowed: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> httpx.Response:
        """The answer to a request that is made once, for whoever decides what the next one is.

        Raises TransientError where another request may be answered better, else what `send` raises.
        """
        request = self._request(method, path, params=params, headers=headers, content=content)
        with _network():
            response = self._http.send(request)
        if not response.is_success and not allowed(response):
            raise _failure(response)
        return response

    def save(
        self, path: str, target: BinaryIO, *, accept: str = "*/*", params: Mapping[str, Any] | None = None
    ) -> None:
        """Write the body of the answer to a GET to a file, from where it stands; again as a whole if it breaks off.

        Raises SluiceError.
        """
        start = target.tell()

        def attempt() -> None:
            target.seek(start)
            target.truncate()
            request = self._request("GET", path, params=params, headers={"Accept": accept})
            with _network(), closing(self._http.send(request, stream=True)) as response:
                if not response.is_success:
                    response.read()
                    raise _failure(response)
                target.writelines(response.iter_bytes())

        self._retrying.run(attempt)

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        return self._http.build_request(
            method,
            path,
            params={name: value for name, value in (params or {}).items() if value is not None},
            headers={**(headers or {}), "Authorization": f"Bearer {self._current()}"},
            content=content,
        )


@contextmanager
def _network() -> Iterator[None]:
    """What goes wrong on the way, as an error of ours."""
    # The cause of either error is left out: its text may quote a header, and its object holds the request.
    try:
        yield
    except _BROKEN as error:
        raise TransientError(own_error("UNREACHABLE", reason=type(error).__name__)) from None
    except httpx.RequestError as error:
        raise own_error("UNREACHABLE", reason=type(error).__name__) from None


def _failure(response: httpx.Response) -> SluiceError | TransientError:
    """What a refused request raises."""
    error, retryable = _problem(response)
    if not retryable and not worth_retrying(response.status_code):
        return error
    return TransientError(error, parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC)))


def _problem(response: httpx.Response) -> tuple[SluiceError, bool]:
    """The error of a refused request, and whether the server itself says that sending it again can help."""
    problem = _problem_document(response)
    if problem is None:
        return _unexpected(response), False
    error = SluiceError(
        problem.code,
        problem.detail,
        problem.detail_vi,
        status=response.status_code,
        request_id=problem.request_id,
    )
    return error, problem.retryable


def _problem_document(response: httpx.Response) -> ProblemView | None:
    try:
        return msgspec.json.decode(response.content, type=ProblemView)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _unexpected(response: httpx.Response) -> SluiceError:
    request_id = response.headers.get("x-request-id")
    return own_error("UNEXPECTED_ANSWER", status=response.status_code, request_id=request_id)
