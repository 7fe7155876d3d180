"""Keys of an object store in a file, as the AWS tools keep theirs: a process has no secret in its environment."""

import configparser
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from libs.contracts.texts import said

if TYPE_CHECKING:  # obstore has its name for type checkers alone
    from obstore.store import S3Credential

READ_AGAIN = datetime.timedelta(minutes=5)
"""So long after they were changed the old keys are still used, at most."""


class KeysFile:
    """Reads `aws_access_key_id`, `aws_secret_access_key` and, where there is one, `aws_session_token` of a section.

    The section is `default`, or the only one. Raises ValueError where there is nothing to be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self()

    def __call__(self) -> "S3Credential":
        """The keys as they are now, to be asked for again after a while."""
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(Path(self._path).read_text("utf-8"))
            keys = parser["default" if "default" in parser else parser.sections()[0]]
            access, secret = keys["aws_access_key_id"], keys["aws_secret_access_key"]
        except (OSError, ValueError, configparser.Error, LookupError) as error:
            raise ValueError(said("FILES_KEYS", path=self._path, reason=type(error).__name__)) from None
        return {
            "access_key_id": access, "secret_access_key": secret, "token": keys.get("aws_session_token"),
            "expires_at": datetime.datetime.now(datetime.UTC) + READ_AGAIN,
        }  # fmt: skip
