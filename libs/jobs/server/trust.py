"""Why TLS with Redis does not come about: a certificate or its file, as opposed to a server that is away."""

import ssl
from collections.abc import Iterator

PASSING = (ssl.SSLEOFError, ssl.SSLSyscallError, ssl.SSLZeroReturnError)
"""What is seen of a server that goes away just then."""
OF_FILES = (FileNotFoundError, PermissionError)
"""What is said of a certificate's file."""


def distrust(error: BaseException) -> str:
    """The reason, in a few words, that an error has among its causes; nothing where there is none.

    It is for an error of connecting: with commands, files are not read.
    """
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, PASSING):
            return str(cause.reason or cause)
        if isinstance(cause, OF_FILES):
            return str(cause.strerror)
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
