"""What a person who runs the local stack can meet, in both languages."""


class StackError(Exception):
    """The stack cannot go on; the message says what to do, first in English, then in Vietnamese."""

    def __init__(self, english: str, vietnamese: str) -> None:
        super().__init__(f"{english}\n{vietnamese}")
