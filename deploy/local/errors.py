"""What a person who runs the local stack can meet."""


class StackError(Exception):
    """The stack cannot go on; the message, a sentence of the catalogue, says what to do."""
