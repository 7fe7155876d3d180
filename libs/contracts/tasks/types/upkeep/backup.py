"""A backup of the whole database, verified by a restore."""

import datetime

from msgspec import Struct

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind


class BackupParameters(Parameters, frozen=True, kw_only=True):
    """Make a backup now; where and how it is kept is for the processors' settings to say."""


class BackupResult(Struct, frozen=True, kw_only=True):
    """The backup that was made."""

    name: str
    """Its folder, below the one that is set."""
    taken_at: datetime.datetime
    """The moment that it shows."""
    bytes: int
    sha256: str
    encrypted: bool
    tables: int
    """That it holds, and that were found equal in a database restored from it."""
    removed: list[str]
    """Older ones that are not kept any longer."""


BACKUP = TaskKind(
    "backup",
    BackupParameters,
    BackupResult,
    (
        Stage("dump", 8, "Writing the backup", "Đang ghi bản sao lưu"),
        Stage("count", 3, "Counting what it holds", "Đang đếm nội dung sao lưu"),
        Stage("restore", 8, "Restoring it into a scratch database", "Đang phục hồi thử vào cơ sở dữ liệu tạm"),
        Stage("compare", 3, "Comparing what came out", "Đang đối chiếu kết quả phục hồi"),
        Stage("keep", 1, "Putting it in its place", "Đang lưu vào kho sao lưu"),
    ),
    scope="system:write",
)
