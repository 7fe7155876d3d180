"""Who works in the running system."""

from tests.system.api import Stack, Tenant
from tests.waiting import wait_until


def test_every_writer_and_processor_is_seen(stack: Stack, tenant: Tenant) -> None:
    operator = stack.bearer(stack.claims(tenant.id, scope="system:read"))
    expected = {name for name in stack.described()["pids"] if name.startswith(("writer", "processor"))}

    def working() -> bool:
        workers = stack.http.get("/api/v1/workers", headers=operator).json()["workers"]
        alive = [worker for worker in workers if worker["state"] == "working"]
        assert all(worker["version"] and worker["host"] for worker in alive)
        pids = {worker["pid"] for worker in alive}
        return pids >= {stack.pid(name) for name in expected}

    wait_until(working, 20, f"{expected} beat")
    lanes = stack.http.get("/api/v1/lanes", headers=operator).json()["lanes"]
    assert [(lane["lane"], lane["weight"], lane["paused"]) for lane in lanes] == [
        ("high", 4, None), ("normal", 2, None), ("low", 1, None),
    ]  # fmt: skip
