"""Guarantees taken out one by one: what is changed in the sources, and the tests of which one must fail then.

`test_mutations.py` does it, in copies of the tree.
"""

from dataclasses import dataclass
from pathlib import Path

CRASH = "tests/fault/test_crash_points.py"
KILLED = f"{CRASH}::test_a_writer_that_dies_there_costs_nothing"
ASLEEP = f"{CRASH}::test_a_writer_that_wakes_too_late_changes_nothing"
DURABLE = "tests/fault/test_durability.py"
FOREIGN = "tests/system/test_tokens.py::test_a_token_opens_its_own_tenant_only"


@dataclass(frozen=True)
class Mutation:
    """One guarantee less."""

    name: str
    path: str
    old: str
    """What stands in the file, once."""
    new: str
    tests: tuple[str, ...]
    """The tests that guard it; each on its own should be enough, and one of them must fail."""

    def apply(self, root: Path) -> None:
        """Change the sources below `root`. Raises AssertionError where they no longer look as expected."""
        file = root / self.path
        text = file.read_text()
        assert text.count(self.old) == 1, f"{self.path} holds {self.old!r} {text.count(self.old)} times"
        file.write_text(text.replace(self.old, self.new))


MUTATIONS = (
    Mutation(
        "the ledger's claim lets everybody in",
        "services/writer/ledger.py",
        "    return row is not None\n",
        "    return True\n",
        (f"{KILLED}[writer.after_commit]",),
    ),
    Mutation(
        "the sweeper sweeps nothing",
        "services/writer/sweeper.py",
        "    refs = store.claim_due(CLAIM_LIMIT)\n",
        "    refs: list[object] = []\n",
        (f"{KILLED}[writer.after_lease]",),
    ),
    Mutation(
        "nobody asks whether a batch is synced",
        "libs/jobs/store.py",
        "        if not self._waitaof:\n",
        "        if True:\n",
        (f"{DURABLE}::test_nothing_is_acknowledged_that_the_server_has_not_synced",),
    ),
    Mutation(
        "any setting of appendfsync will do at boot",
        "libs/jobs/connection.py",
        'or config.get("appendfsync") != "always"',
        "",
        (f"{DURABLE}::test_no_service_starts_on_a_server_that_may_forget",),
    ),
    Mutation(
        "a chunk is counted each time that it is settled",
        "libs/jobs/lua/settle_chunk.lua",
        "local first = state ~= 'settled'\n",
        "local first = true\n",
        (f"{ASLEEP}[writer.before_settle]",),
    ),
    Mutation(
        "a token opens every tenant's door",
        "services/ingest/auth.py",
        "    if tenant_id.lower() != str(caller.tenant_id):\n",
        "    if False:\n",
        (FOREIGN,),
    ),
    Mutation(
        "an Idempotency-Key means nothing",
        "services/ingest/intake.py",
        "        binding = bool(options.key) and",
        "        binding = False and",
        (f"{CRASH}::test_an_ingest_that_dies_there_costs_nothing[ingest.after_open]",),
    ),
)
