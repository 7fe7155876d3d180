"""A file that cannot be read as a whole."""


class UnreadableError(Exception):
    """The file is not what it seems, or not safe to read; `code` is one of the catalogue."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
