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
STORE = "tests/contract/test_job_store"
LOST = "tests/integration/writer/test_sweeper.py::test_a_job_that_redis_has_lost_ends_with_what_is_written"
NORMAL_FORM = "tests/unit/intake/test_normal_form.py"
BROKEN = "tests/unit/intake/test_broken_records.py"
PAGES = "tests/integration/ingest/test_reject_pages.py"
DECODER = "tests/fault/test_fuzzed_requests.py::test_the_decoder_takes_or_refuses_any_body[4]"


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
        "services/writer/chunks/ledger.py",
        "    return row is not None\n",
        "    return True\n",
        (f"{KILLED}[writer.after_commit]",),
    ),
    Mutation(
        "the sweeper sweeps nothing",
        "services/writer/promises/sweeper.py",
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
        "services/ingest/http/auth.py",
        "    if tenant_id.lower() != str(caller.tenant_id):\n",
        "    if False:\n",
        (FOREIGN,),
    ),
    Mutation(
        "an Idempotency-Key means nothing",
        "libs/intake/opening.py",
        "        binding = bool(options.key) and",
        "        binding = False and",
        (f"{CRASH}::test_an_ingest_that_dies_there_costs_nothing[ingest.after_open]",),
    ),
    Mutation(
        "a tenant has as much out as it likes",
        "libs/jobs/lua/prelude.lua",
        "local free = tonumber(window) - redis.call('SCARD', out)",
        "local free = 1000000",
        (f"{STORE}_window.py::test_a_tenant_never_has_more_out_than_the_window",),
    ),
    Mutation(
        "a chunk runs before its turn",
        "libs/jobs/lua/start_chunk.lua",
        "elseif state == 'available' and redis.call('SISMEMBER', lane_key(tenant, lane, 'window'), ref) == 0 then",
        "elseif false then",
        (f"{STORE}_retry.py::test_a_late_message_does_not_start_a_retried_chunk_that_waits_for_its_turn",),
    ),
    Mutation(
        "anybody may put off a running chunk",
        "libs/jobs/lua/defer_chunk.lua",
        "if values[1] ~= 'running' or values[2] ~= token then return 0 end",
        "if values[1] ~= 'running' then return 0 end",
        (f"{STORE}_leases.py::test_only_the_holder_may_defer_or_note[taken over]",),
    ),
    Mutation(
        "no reference is ever missing",
        "services/writer/chunks/references.py",
        '    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})\n',
        "    return faulty\n",
        ("tests/system/test_references.py::test_an_unknown_id_rejects_its_record_alone",),
    ),
    Mutation(
        "the audit makes no job known",
        "services/writer/promises/audit.py",
        "                    jobs.ensure(connection, job)\n",
        "                    pass\n",
        (LOST,),
    ),
    Mutation(
        "a lost job is waited for",
        "services/writer/promises/lost_jobs.py",
        "            if job.job_id not in known:\n",
        "            if False:\n",
        (LOST,),
    ),
    Mutation(
        "a job ends with the counters that it has",
        "libs/jobs/lua/close_job.lua",
        "    for i, name in ipairs(counters) do redis.call('HSET', key, name, ARGV[6 + i]) end\n",
        "",
        (f"{STORE}_close.py::test_a_closed_job_has_the_ledgers_counters",),
    ),
    Mutation(
        "a refused chunk is not bisected",
        "services/writer/chunks/bisect.py",
        "        if classify(error) is not ErrorKind.DATA:\n",
        "        if True:\n",
        ("tests/integration/writer/test_refusals.py::test_exactly_the_refused_records_fail",),
    ),
    Mutation(
        "nobody expects a deep body",
        "libs/intake/bodies.py",
        "UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)\n",
        "UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError)\n",
        (DECODER,),
    ),
    Mutation(
        "any run of marks is normalised",
        "libs/contracts/normal_form.py",
        "> MOST_COMPOSED * longest or has_long_run(text):\n",
        "> MOST_COMPOSED * longest:\n",
        (f"{NORMAL_FORM}::test_no_member_brings_a_long_run_to_the_normaliser",),
    ),
    Mutation(
        "a text of any length is normalised",
        "libs/contracts/normal_form.py",
        "    if len(text) > MOST_COMPOSED * longest or has_long_run(text):\n",
        "    if has_long_run(text):\n",
        (f"{NORMAL_FORM}::test_no_member_brings_a_long_run_to_the_normaliser",),
    ),
    Mutation(
        "one broken record is a broken list",
        "libs/intake/bodies.py",
        "        items = list_items(bytes(records), entity.max_records + 1)\n",
        "        items = None\n",
        (f"{BROKEN}::test_a_broken_record_costs_itself_alone_in_both_forms",),
    ),
    Mutation(
        "a record may have as many faults as it likes",
        "libs/contracts/chunks.py",
        "    kept = list(islice(rest, MOST_FAULTS))\n",
        "    kept = list(rest)\n",
        (f"{BROKEN}::test_a_record_has_twenty_faults_at_most_and_the_last_one_counts_the_others",),
    ),
    Mutation(
        "a huge record is read like any other",
        "libs/intake/record_check.py",
        "    if len(raw) > LARGE_RECORD:\n",
        "    if False:\n",
        (f"{BROKEN}::test_a_huge_member_is_one_fault_at_its_place_and_is_not_held",),
    ),
    Mutation(
        "a chunk may be of any size",
        "libs/intake/chunking.py",
        "    if batch.size <= CHUNK_BYTES:\n",
        "    if True:\n",
        ("tests/unit/intake/test_chunking.py::test_a_chunk_holds_no_more_bytes_than_it_may_or_one_record",),
    ),
    Mutation(
        "a page of rejects is as large as they are",
        "libs/database/sql/queries.sql",
        "WHERE NOT %(raw)s OR bytes_before < %(bytes)s\n",
        "WHERE NOT %(raw)s OR bytes_before < %(bytes)s + 1000000000\n",
        (f"{PAGES}::test_a_page_of_postgresql_is_bounded_in_bytes_and_holds_one_record_at_least",),
    ),
    Mutation(
        "a fault names a member as it came",
        "libs/intake/record_check.py",
        '.replace("\\0", "\\ufffd")',
        "",
        (DECODER,),
    ),
)
