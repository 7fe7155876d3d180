"""Whom to ask about columns that nobody here knows."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.contracts.texts import said


class AiSettings(Struct, frozen=True, kw_only=True):
    """An endpoint that speaks OpenAI's protocol; off unless an address is set."""

    ai_url: str = ""
    """Where `/chat/completions` is, such as `https://ai.example/v1`."""
    ai_model: str = ""
    """Which model is asked; required where an address is set."""
    ai_key_file: str = ""
    """A file with the key that is sent; read at each call."""
    ai_seconds: Annotated[float, Meta(gt=0, le=120)] = 20.0
    """The longest that an answer may take, all in all."""

    def __post_init__(self) -> None:
        if self.ai_url and not self.ai_url.startswith(("https://", "http://")):
            raise ValueError(said("SETTING_AI_URL"))
        if self.ai_url and not self.ai_model:
            raise ValueError(said("SETTING_AI_MODEL"))
