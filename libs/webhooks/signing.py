"""Signatures of webhooks, as Standard Webhooks 1.0 has them: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from pathlib import Path

from libs.contracts.texts import said

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
MOST_SECRETS = 4


def secrets_in(path: str) -> list[bytes]:
    """The secrets of a file, a line each. Raises ValueError, OSError."""
    lines = [line.strip() for line in Path(path).read_text().splitlines() if line.strip()]
    try:
        found = [base64.b64decode(line.removeprefix(PREFIX), validate=True) for line in lines]
    except (binascii.Error, ValueError) as error:
        raise ValueError(said("WEBHOOK_SECRET")) from error
    fit = all(line.startswith(PREFIX) for line in lines) and all(
        LEAST_BYTES <= len(each) <= MOST_BYTES for each in found
    )
    if not fit or not 0 < len(found) <= MOST_SECRETS:
        raise ValueError(said("WEBHOOK_SECRET"))
    return found


def headers(secrets: Sequence[bytes], event_id: str, at: int, body: bytes) -> dict[str, str]:
    """What a request carries besides its body; `at` is the time of this try, in seconds. Each secret signs."""
    signed = f"{event_id}.{at}.".encode() + body
    made = [base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{each}" for each in made),
    }
