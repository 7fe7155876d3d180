"""A job of one type for every tenant: how a schedule of the system has each tenant's work done."""

from typing import Any

from msgspec import Struct, field

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind


class TenantsParameters(Parameters, frozen=True, kw_only=True):
    """Open a job for each tenant, but for those whose last one has not ended."""

    type: str
    """Of the jobs."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Of each of them."""


class TenantsResult(Struct, frozen=True, kw_only=True):
    """What was opened."""

    opened: int
    """Jobs, one a tenant; each is the tenant's, and none is a part of this one."""
    left_out: int
    """Tenants that still had one."""


TENANTS = TaskKind(
    "tenants",
    TenantsParameters,
    TenantsResult,
    (Stage("open", 1, "Opening a job for each tenant", "Đang mở tác vụ cho từng đơn vị"),),
    scope="system:write",
)
