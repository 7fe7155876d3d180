"""Where files are kept and how much of them: settings of every service that has to do with files."""

from typing import Annotated

from msgspec import Meta, Struct

MIB = 1024 * 1024
GIB = 1024 * MIB
HOUR_S = 3600
Positive = Annotated[int, Meta(ge=1)]


class FileSettings(Struct, frozen=True, kw_only=True):
    """The address of the storage, and the bounds of what is kept there."""

    files_url: str = ""
    """Where the bytes of files are: `file:///path` or `s3://bucket/prefix`; without it nobody can bring files."""
    files_keys_file: str = ""
    """A file with the keys of an object store, as in `~/.aws/credentials`; without it they are those of the environment
    or of the machine. Read again every five minutes."""
    max_file_bytes: Positive = 10 * GIB
    """The largest file."""
    tenant_files_max_bytes: Positive = 50 * GIB
    """What a tenant's files may have together; of an upload under way all that was announced counts."""
    tenant_max_files: Positive = 1_000
    """How many files a tenant may have."""
    file_hours: Positive = 30 * 24
    """How long a file is kept once it is complete."""
    upload_hours: Positive = 24
    """How long an upload may rest before it is forgotten."""

    @property
    def file_s(self) -> int:
        """The same in seconds."""
        return self.file_hours * HOUR_S

    @property
    def upload_s(self) -> int:
        """The same in seconds."""
        return self.upload_hours * HOUR_S
