"""What is old is forgotten: by kinds, each after days of its own that the processors' settings name."""

from msgspec import Struct

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind


class RetentionParameters(Parameters, frozen=True, kw_only=True):
    """Forget what is older than the settings of the processors say."""


class Forgotten(Struct, frozen=True, kw_only=True):
    """How much was forgotten, of all tenants together."""

    rejects: int = 0
    log_lines: int = 0
    jobs: int = 0
    """Batches, each with its part of the ledger."""
    tasks: int = 0
    findings: int = 0
    """Those that are gone for long; what is found now stays."""
    statistics: int = 0
    """Rows, each of a tenant, an entity and a day or a minute."""


class RetentionResult(Forgotten, frozen=True, kw_only=True):
    """What was forgotten, and whether the ledger had to wait."""

    ledger_waits: bool = False
    """Whether ended batches were left for the next time: something else had a transaction open for too long."""


class RetentionState(Struct, frozen=True, kw_only=True):
    """Where it stands."""

    done: list[str] = []
    """Kinds that are done."""
    forgotten: Forgotten = Forgotten()


RETENTION = TaskKind(
    "retention",
    RetentionParameters,
    RetentionResult,
    (
        Stage("rejects", 3, "Forgetting rejected records", "Đang xóa bản ghi bị từ chối đã cũ"),
        Stage("log_lines", 1, "Forgetting stories of tasks", "Đang xóa nhật ký tác vụ đã cũ"),
        Stage("tasks", 1, "Forgetting tasks", "Đang xóa tác vụ đã cũ"),
        Stage("jobs", 4, "Forgetting batches and their ledger", "Đang xóa lô dữ liệu đã cũ cùng sổ ghi"),
        Stage("findings", 1, "Forgetting findings that are gone", "Đang xóa phát hiện đã khắc phục từ lâu"),
        Stage("statistics", 1, "Forgetting statistics", "Đang xóa số liệu đã cũ"),
    ),
    scope="system:write",
)
