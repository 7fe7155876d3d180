"""Lets the application end a connection, as HTTP says it: by the header `Connection: close`.

WSGI leaves this header to the server (PEP 3333), and gunicorn drops it.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def says_close(application: Application) -> Application:
    """The application, whose `Connection: close` is sent and done."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = start_response.__self__  # type: ignore[attr-defined]  # gunicorn's Response

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if any((name.lower(), value.lower()) == ("connection", "close") for name, value in headers):
                response.force_close()
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return wrapped
