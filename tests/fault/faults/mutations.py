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
READERS = "tests/integration/ingest/test_slow_readers.py"
METRICS = "tests/integration/ingest/test_metrics_in_the_way.py"
CONNECTIONS = "tests/system/test_methods_and_connections.py"
CHUNKS = "tests/integration/writer/test_chunks.py"
LOG_READERS = "tests/integration/writer/test_log_readers.py"
LOST = "tests/integration/writer/test_sweeper.py::test_a_job_that_redis_has_lost_ends_with_what_is_written"
NORMAL_FORM = "tests/unit/intake/test_normal_form.py"
BROKEN = "tests/unit/intake/test_broken_records.py"
PAGES = "tests/integration/ingest/test_reject_pages.py"
AUDIT = "tests/integration/writer/test_audit.py"
NAMES = "tests/integration/writer/test_names.py"
LOADS = "tests/integration/tasks/test_load.py"
FILES = "tests/unit/files"
OPENINGS = "tests/integration/writer/test_openings.py"
DECODER = "tests/fault/test_fuzzed_requests.py::test_the_decoder_takes_or_refuses_any_body[4]"

UPLOADS = "tests/integration/uploads"
STATISTICS = "tests/integration/database/test_statistics.py"
PAUSED = "tests/integration/ingest/test_paused_lanes.py"
SET_BACK = "tests/integration/writer/test_set_back.py"
TASKS = "tests/integration/tasks/test_runner.py"
EACH_TYPE = "tests/integration/tasks/test_each_type.py"
PROCESSOR = "tests/integration/tasks/test_process.py"
INSTALLATION = "tests/integration/boot/test_installation.py"
CONSOLE = "tests/integration/console"
INVENTORY = "tests/system/test_inventory.py"
SCHEDULES = "tests/integration/tasks/test_schedules.py"


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
        "whoever logs waits for the reader",
        "libs/telemetry/outlet.py",
        "    sys.stderr = cast(TextIO, outlet)\n",
        "",
        (f"{LOG_READERS}::test_a_reader_that_stalls_does_not_stop_a_writer",),
    ),
    Mutation(
        "a writer that does not sweep is ready",
        "libs/broker/workplace.py",
        "for ticker in self._tickers if ticker.late]",
        "for ticker in self._tickers if False]",
        (f"{LOG_READERS}::test_a_log_that_takes_nothing_costs_no_promise[a full disk]",),
    ),
    Mutation(
        "a thread that kept a promise ends alone",
        "libs/telemetry/vital.py",
        "    os._exit(ENDED)\n",
        "    raise SystemExit\n",
        ("tests/unit/surroundings/test_vital.py::test_a_process_ends_with_a_thread_that_kept_a_promise",),
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
        "a claim may hold anything",
        "libs/identity/callers.py",
        " and text.isprintable()",
        "",
        ("tests/unit/identity/test_tokens.py::test_a_token_with_wrong_claims_is_refused[sub with NUL]",),
    ),
    Mutation(
        "a key for encryption verifies",
        "libs/identity/public_keys.py",
        '        jwk.get("use", "sig") != "sig",\n',
        "",
        ("tests/unit/identity/test_tokens.py::test_a_key_in_a_file_serves_for_what_it_says_alone[use0]",),
    ),
    Mutation(
        "whoever sees jobs sees their rejects",
        "services/ingest/jobs/records.py",
        'require(req, "rejects:read", "jobs:write")',
        'require(req, "rejects:read", "jobs:read", "jobs:write")',
        ("tests/system/test_tokens.py::test_rejects_are_personal_data_and_have_a_scope_of_their_own",),
    ),
    Mutation(
        "an open job stays in the list of the state that it had",
        "libs/jobs/lua/prelude.lua",
        "    redis.call('ZREM', open_list(tenant, values[1], values[2]), name)\n",
        "",
        (f"{STORE}_reading.py::test_an_open_job_is_listed_under_its_state_and_entity_alone",),
    ),
    Mutation(
        "a retried job is in two states",
        "libs/lookup/pages.py",
        "    return live if live.status in wanted.statuses else None\n",
        "    return live\n",
        ("tests/integration/ingest/test_job_pages.py::test_a_job_that_is_retried_is_open_again_at_once",),
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
        "local free = window + eighth - places_taken(tenant, still)",
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
        "services/writer/inventory/references.py",
        '    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})\n',
        "    return faulty\n",
        ("tests/system/test_references.py::test_an_unknown_id_rejects_its_record_alone",),
    ),
    Mutation(
        "the audit makes no job known",
        "services/writer/promises/audit.py",
        "                jobs.ensure(connection, job)\n",
        "                pass\n",
        (LOST,),
    ),
    Mutation(
        "an audit entry that is refused is tried for ever",
        "services/writer/promises/audit.py",
        "    except CANNOT_BE_STORED:\n        return _store_each(connection, entries)\n",
        "    except KeyError:\n        return _store_each(connection, entries)\n",
        (f"{AUDIT}::test_one_entry_that_cannot_be_stored_stops_no_other[NUL in the actor]",),
    ),
    Mutation(
        "a chain does not know what it follows",
        "libs/database/audit/trail.py",
        "hashlib.sha256(head.hash + msgspec",
        "hashlib.sha256(msgspec",
        (f"{AUDIT}::test_an_entry_that_is_forged_with_its_hash_breaks_the_next_one",),
    ),
    Mutation(
        "who asks for an unknown key waits alone",
        "libs/identity/issuer.py",
        "            if self._waiting >= MOST_WAITING:\n",
        "            if False:\n",
        ("tests/integration/ingest/test_jwks_url.py::test_unsigned_tokens_behind_a_server_that_hangs_delay_nobody",),
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
        "    for i, name in ipairs(counters) do redis.call('HSET', key, name, ARGV[7 + i]) end\n",
        "",
        (f"{STORE}_close.py::test_a_closed_job_has_the_ledgers_counters",),
    ),
    Mutation(
        "a lane goes before the next for as long as it is filled",
        "libs/broker/turns.py",
        "        self._clocks[lane] += 1 / self._weights[lane]\n",
        "",
        ("tests/contract/test_lane_flood.py::test_a_flood_of_one_tenant_is_no_wall_for_another[high-normal]",),
    ),
    Mutation(
        "each lane has a window of its own",
        "libs/jobs/lua/prelude.lua",
        "        free = free - eighth\n",
        "        free = tonumber(window) - redis.call('SCARD', lane_key(tenant, lane, 'window'))\n",
        (f"{STORE}_window.py::test_a_tenants_lanes_share_its_window_and_the_highest_goes_first",),
    ),
    Mutation(
        "a new connection is taken for the one before",
        "libs/jobs/connection.py",
        "redis_connect_func=_greet if durable else None",
        "redis_connect_func=None",
        (f"{STORE}_durability.py::test_another_server_at_the_same_address_is_looked_at_before_anything_is_said_to_it",),
    ),
    Mutation(
        "what has ended counts for nothing",
        "libs/jobs/lua/close_job.lua",
        "retain(tenant, held_when_ended(let_go(tenant, key)), tonumber(ttl))",
        "retain(tenant, 0 * let_go(tenant, key), tonumber(ttl))",
        (f"{STORE}_costs.py::test_what_a_settled_chunk_leaves_is_kept_at_the_tenants_cost",),
    ),
    Mutation(
        "an aborted batch keeps its payload",
        "libs/jobs/store.py",
        '        failure = "aborted" if error == ABORTED else failure\n',
        "",
        (f"{CHUNKS}::test_an_aborted_batch_leaves_its_rejects_in_postgresql_and_nothing_big_in_redis",),
    ),
    Mutation(
        "no memory is too full",
        "libs/intake/admission.py",
        "self._memory_limit(load)) >= 0",
        "self._memory_limit(load)) >= 2**60",
        ("tests/contract/test_full_server.py::test_what_is_let_in_can_be_settled[1-30000-QUEUE_FULL]",),
    ),
    Mutation(
        "a refused chunk is not bisected",
        "services/writer/chunks/bisect.py",
        "        if classify(error) is not ErrorKind.DATA:\n",
        "        if True:\n",
        ("tests/integration/writer/test_refusals.py::test_exactly_the_refused_records_fail",),
    ),
    Mutation(
        "an upsert empties what did not come",
        "services/writer/inventory/staging.py",
        "    if not shape.masked:\n        return staged\n",
        "    if True:\n        return staged\n",
        ("tests/integration/writer/test_patches.py::test_records_of_a_chunk_may_each_bring_their_own_members",),
    ),
    Mutation(
        "rows are locked as they come",
        "services/writer/inventory/modes.py",
        "    plan.changed = dict(sorted(plan.changed.items(), key=itemgetter(1)))\n",
        "",
        ("tests/integration/writer/test_contention.py::test_rows_are_locked_in_the_order_of_their_ids",),
    ),
    Mutation(
        "every chunk of a tenant waits for what is locked",
        "services/writer/chunks/turns.py",
        "    if lease.strikes.get(ErrorKind.CONTENDED):\n",
        "    if False:\n",
        ("tests/integration/writer/test_contention.py::test_chunks_of_a_tenant_that_met_others_go_one_at_a_time",),
    ),
    Mutation(
        "a chunk ends with all of its rejects or not at all",
        "services/writer/chunks/chunk_writer.py",
        "replace(result, rejects=[])",
        "result",
        ("tests/integration/writer/test_endings.py::test_a_cancelled_chunk_ends_at_its_first_delivery[42501]",),
    ),
    Mutation(
        "a session that cannot write is as good as any",
        "libs/database/pool.py",
        '    if answer != ("off",):\n',
        "    if False:\n",
        ("tests/integration/database/test_read_only.py::test_a_session_from_before_is_not_given_to_a_writer_again",),
    ),
    Mutation(
        "openings are dated, not numbered",
        "libs/database/sql/queries.sql",
        "  AND (ingest.chunk.opening, ingest.chunk.generation) < (excluded.opening, excluded.generation)",
        "  AND (ingest.chunk.epoch_ms, ingest.chunk.generation) < (excluded.epoch_ms, excluded.generation)",
        (f"{OPENINGS}::test_a_repeat_after_a_loss_writes_what_is_missing_whatever_the_clocks_say",),
    ),
    Mutation(
        "an opening that Redis does not know takes a number",
        "libs/jobs/lua/agree_opening.lua",
        "if redis.call('HGET', key, 'nonce') ~= ARGV[3] then return -1 end",
        "",
        (f"{OPENINGS}::test_a_writer_of_an_earlier_opening_takes_over_no_failed_chunk",),
    ),
    Mutation(
        "a lease is given once only, even to its holder",
        "libs/jobs/lua/start_chunk.lua",
        "    if redis.call('HGET', chunk, 'lease') == token then return lease(0) end\n",
        "",
        (f"{STORE}_twice.py::test_a_lost_answer_to_a_start_gives_the_same_lease",),
    ),
    Mutation(
        "a stored time is believed whatever the clock says",
        "libs/jobs/lua/prelude.lua",
        "    if not whole or left <= whole then return left end",
        "    if true then return left end",
        (f"{STORE}_clock.py::test_the_lease_of_a_dead_writer_ends_as_soon_as_any",),
    ),
    Mutation(
        "a settled chunk is in the ledger for ever",
        "services/writer/promises/closing.py",
        "            if total.chunks < opening.chunks_total:",
        "            if False:",
        ("tests/integration/writer/test_set_back.py::test_a_job_that_was_set_back_before_its_end_ends_and_says_so",),
    ),
    Mutation(
        "every id is announced",
        "services/ingest/batches/answers.py",
        "        ids[bisect_left(batch.indexes, index)] = None\n",
        "        pass\n",
        ("tests/system/test_job_ids.py::test_a_202_lists_the_ids_that_are_certain",),
    ),
    Mutation(
        "nobody expects a deep body",
        "libs/intake/validation/bodies.py",
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
        "libs/intake/validation/bodies.py",
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
        "libs/intake/validation/record_check.py",
        "    if len(raw) > LARGE_RECORD:\n",
        "    if False:\n",
        (f"{BROKEN}::test_a_huge_member_is_one_fault_at_its_place_and_is_not_held",),
    ),
    Mutation(
        "a chunk may be of any size",
        "libs/intake/chunking.py",
        "    if batch.size + NAME_BYTES * count_names(batch.entity, batch.records) <= CHUNK_BYTES:\n",
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
        "libs/intake/validation/record_check.py",
        '.replace("\\0", "\\ufffd")',
        "",
        (DECODER,),
    ),
    Mutation(
        "probes wait like everybody",
        "services/ingest/http/server/worker.py",
        "self._probes.get(conn.target, self.tpool)",
        "self.tpool",
        (f"{READERS}::test_probes_are_answered_while_every_thread_is_taken",),
    ),
    Mutation(
        "a client that reads nothing is waited for",
        "services/ingest/http/server/sending.py",
        "        return size <= ALWAYS_KEPT or (size <= MOST_KEPT and self._hold(size))\n",
        "        return False\n",
        (f"{READERS}::test_clients_that_never_read_keep_nobody_waiting_and_are_cut_off",),
    ),
    Mutation(
        "anybody may wait",
        "libs/lookup/waiting.py",
        "if not seconds or not self._slots.take(tenant_id):",
        "if not seconds:",
        (f"{READERS}::test_few_wait_and_others_are_told_at_once_that_they_are_taken",),
    ),
    Mutation(
        "a connection is closed without a word",
        "services/ingest/http/server/closing.py",
        "                response.force_close()\n",
        "                pass\n",
        (f"{CONNECTIONS}::test_a_refusal_that_leaves_the_body_unread_ends_the_connection[100-anonymous]",),
    ),
    Mutation(
        "metrics take no room beforehand",
        "libs/telemetry/shared_values.py",
        "        os.posix_fallocate(file.fileno(), 0, max(size, _INITIAL_MMAP_SIZE))\n",
        "        file.truncate(max(size, _INITIAL_MMAP_SIZE))\n",
        (f"{METRICS}::test_a_full_disk_costs_metrics_and_nothing_else[work]",),
    ),
    Mutation(
        "a writer looks for the jobs of every namespace",
        "libs/database/sql/queries.sql",
        "  AND (namespace = %(namespace)s OR",
        "  AND (true OR",
        (f"{INSTALLATION}::test_two_namespaces_on_one_database_give_up_their_own_alone",),
    ),
    Mutation(
        "any Redis is ours",
        "libs/boot/installation.py",
        "        if held != stored:\n",
        "        if False:\n",
        (f"{INSTALLATION}::test_the_redis_of_another_installation_loses_nothing",),
    ),
    Mutation(
        "an empty Redis has lost what it never had",
        "libs/boot/installation.py",
        "        if held is None and self._seen:\n",
        "        if held is None:\n",
        (f"{INSTALLATION}::test_a_wrong_and_empty_redis_loses_nothing",),
    ),
    Mutation(
        "a session's encoding is anybody's",
        "libs/database/session.py",
        '    "client_encoding": ENCODING,\n',
        "",
        ("tests/integration/database/test_stated.py::test_vietnamese_arrives_as_it_was_sent[environment]",),
    ),
    Mutation(
        "PostgreSQL starts programs",
        "deploy/local/supervision/launch.py",
        "    sealing.seal()\n",
        "    pass\n",
        ("tests/integration/local/test_rights.py::test_no_program_is_run_for_anybody[FROM-id]",),
    ),
    Mutation(
        "a byte order mark is part of a body",
        "libs/intake/validation/bodies.py",
        "    return body.removeprefix(_BOM)\n",
        "    return body\n",
        (f"{BROKEN}::test_a_byte_order_mark_says_nothing",),
    ),
    Mutation(
        "a window over the limit is a broken frame",
        "libs/files/decompression.py",
        "WindowError() if window > ZSTD_WINDOW else CorruptError()",
        "CorruptError()",
        ("tests/system/test_hostile_bodies.py::test_a_window_over_the_limit_is_named",),
    ),
    Mutation(
        "of a header that comes twice one counts",
        "services/ingest/http/server/checks.py",
        "        if names.count(name) > 1:\n",
        "        if False:\n",
        ("tests/system/test_hostile_http.py::test_a_header_of_one_value_that_comes_twice_is_refused_by_name",),
    ),
    Mutation(
        "a file of keys is read once",
        "libs/identity/keys.py",
        "        if version == self._version:\n",
        "        if True:\n",
        ("tests/unit/identity/test_tokens.py::test_a_key_file_that_changes_is_read_again",),
    ),
    Mutation(
        "a row that is too large for PostgreSQL costs its neighbours",
        "services/writer/chunks/retry_policy.py",
        '    ErrorKind.DATA: ("22", "23", "54"),\n',
        '    ErrorKind.DATA: ("22", "23"),\n',
        ("tests/unit/writer/test_retry_policy.py",),
    ),
    Mutation(
        "a replay of a job that nobody knows is answered as if it were known",
        "services/ingest/batches/resource.py",
        "        if ticket.replayed and job is None:\n",
        "        if False:\n",
        ("tests/integration/ingest/test_repeats.py",),
    ),
    Mutation(
        "another installation's database says what was set back",
        "services/writer/promises/lost_jobs.py",
        "            self._installation.confirm(connection)\n            missing",
        "            missing",
        (f"{SET_BACK}::test_what_another_installations_database_does_not_know_is_not_ended",),
    ),
    Mutation(
        "a name that nobody has is no link",
        "services/writer/inventory/references.py",
        "            if not targets[name]:\n",
        "            if False:\n",
        (f"{NAMES}::test_an_unknown_name_rejects_its_record_with_a_pointer[insert-recipient_external_ids]",),
    ),
    Mutation(
        "a list of names changes nothing that is stored",
        "services/writer/inventory/staging.py",
        '        "came": _came(shape, link.field, link.names),\n',
        '        "came": _came(shape, link.field),\n',
        ("tests/integration/writer/test_patches.py::test_what_did_not_come_stays",),
    ),
    Mutation(
        "a processor that was thought dead ends the task all the same",
        "libs/database/sql/tasks.sql",
        "cancelling = false, version = version + 1\nWHERE tenant_id = %(tenant)s AND task_id = %(task)s"
        " AND lease_token = %(token)s AND",
        "cancelling = false, version = version + 1\nWHERE tenant_id = %(tenant)s AND task_id = %(task)s AND",
        (f"{TASKS}::test_who_was_thought_dead_changes_nothing_that_another_runs",),
    ),
    Mutation(
        "what was kept of a task is kept without its lease",
        "libs/database/sql/tasks.sql",
        "AND lease_token = %(token)s AND status = 'processing'\nRETURNING version, progress, cancelling\n\n-- name: lo",
        "\nRETURNING version, progress, cancelling\n\n-- name: lo",
        (f"{EACH_TYPE}::test_a_processor_that_wakes_too_late_changes_nothing[count]",),
    ),
    Mutation(
        "a cancel is not heard while a task runs",
        "libs/tasks/runner.py",
        "                context.cancelled.set()\n",
        "                pass\n",
        (f"{TASKS}::test_a_heartbeat_keeps_the_lease_and_hears_of_a_cancel",),
    ),
    Mutation(
        "a tenant runs as many tasks as it likes",
        "libs/database/sql/tasks.sql",
        "AND other.lease_until >= now()) < %(most)s)",
        "AND other.lease_until >= now()) < 1000)",
        (f"{TASKS}::test_a_tenant_runs_a_few_tasks_at_once_and_others_run_theirs",),
    ),
    Mutation(
        "those who wait behind a full tenant stand before everybody",
        "libs/database/sql/tasks.sql",
        "AND busy.lease_until >= now()) < %(most)s\n",
        "AND busy.lease_until >= now()) < 1000\n",
        (f"{TASKS}::test_the_sweeper_leaves_out_whose_tenant_has_no_room",),
    ),
    Mutation(
        "nobody publishes a task again",
        "services/processor/promises/sweeper.py",
        "        publisher.publish(refs)\n",
        "",
        (f"{PROCESSOR}::test_without_a_message_the_sweeper_finds_it",),
    ),
    Mutation(
        "a processor that leaves keeps its tasks",
        "services/processor/main.py",
        "        self._runner.leave()\n",
        "",
        (f"{PROCESSOR}::test_a_processor_that_is_told_to_end_gives_its_tasks_back",),
    ),
    Mutation(
        "of two who change a mapping both win",
        "libs/database/sql/mappings.sql",
        "%(content)s, %(created_by)s\n"
        "FROM work.mapping WHERE tenant_id = %(tenant)s AND mapping_id = %(mapping)s AND version = %(version)s\n",
        "%(content)s, %(created_by)s\n"
        "FROM work.mapping WHERE tenant_id = %(tenant)s AND mapping_id = %(mapping)s AND %(version)s > 0\n"
        "AND version = (SELECT max(version) FROM work.mapping WHERE mapping_id = %(mapping)s)\n",
        ("tests/integration/database/test_mappings.py::test_of_two_changers_one_wins",),
    ),
    Mutation(
        "a provider is told names that are values",
        "services/processor/mapping/advice.py",
        '    return "" if _VALUE.search(name) else name[:LONGEST_NAME]\n',
        "    return name[:LONGEST_NAME]\n",
        ("tests/integration/tasks/test_advice.py::test_no_value_of_the_file_leaves",),
    ),
    Mutation(
        "a provider is told values",
        "services/processor/mapping/advice.py",
        '"values": shape_of(each.values)}',
        '"values": list(each.values)}',
        ("tests/integration/tasks/test_advice.py::test_no_value_of_the_file_leaves",),
    ),
    Mutation(
        "a transform that goes on writes what is durable once more",
        "services/processor/transforming/output.py",
        "        new = data[max(self._durable - self.at, 0) :]\n",
        "        new = data\n",
        ("tests/integration/tasks/test_transform.py::test_what_interrupts_it_changes_no_byte[csv]",),
    ),
    Mutation(
        "a mapping's operations may follow one another in any order",
        "libs/files/mapping/checking.py",
        "        if not _takes(operation, state):\n",
        "        if False:\n",
        ("tests/unit/files/test_mapping_checks.py::test_what_fits_never_fails_a_row_unforeseen",),
    ),
    Mutation(
        "one file that fails costs all files",
        "services/processor/types/files.py",
        "    if not ends[JobStatus.COMPLETED]:\n",
        "    if ends[JobStatus.FAILED]:\n",
        ("tests/integration/tasks/test_files_task.py",),
    ),
    Mutation(
        "a segment is read behind before its batch is open",
        "services/processor/loading/load.py",
        '            crash_point("load.before_open")\n',
        "            end = segment.end\n"
        '            self._checkpoint("load", 0, offset=end.offset, line=end.line, segment=segment.number + 1)\n'
        '            crash_point("load.before_open")\n',
        (f"{LOADS}::test_a_processor_that_dies_there_costs_nothing[load.before_open-1-insert]",),
    ),
    Mutation(
        "a segment has another key each time",
        "services/processor/loading/batches.py",
        '            f"{self._task.task_id}/{number}",\n',
        '            f"{self._task.task_id}/{number}/{uuid.uuid4()}",\n',
        (f"{LOADS}::test_a_processor_that_dies_there_costs_nothing[load.after_open-1-insert]",),
    ),
    Mutation(
        "who was thought dead notes segments",
        "libs/database/sql/segments.sql",
        "AND t.lease_token = %(token)s AND t.status = 'processing' FOR SHARE",
        "FOR SHARE",
        (f"{LOADS}::test_a_processor_that_wakes_too_late_changes_nothing[load.after_open]",),
    ),
    Mutation(
        "what Redis loses of a load is lost",
        "services/processor/loading/batches.py",
        'LOST = (QUEUE_LOST, "DATABASE_SET_BACK")\n',
        "LOST = ()\n",
        (f"{LOADS}::test_a_batch_that_a_writer_has_given_up_is_sent_again",),
    ),
    Mutation(
        "rows of which none is good are another job each time",
        "libs/intake/opening.py",
        "            prepared = self._prepare(origin, options, batch, fingerprint, chunk_records, always=True)\n",
        "            prepared = self._prepare(origin, options, batch, fingerprint, chunk_records, always=False)\n",
        ("tests/integration/tasks/test_rows_in.py::test_the_same_rows_are_the_same_job[none is good-False]",),
    ),
    Mutation(
        "what was cancelled of a load stays so",
        "services/writer/chunks/ledger.py",
        '        "part": lease.job.parent_id is not None,\n',
        '        "part": False,\n',
        (f"{LOADS}::test_a_cancelled_load_writes_no_more_and_its_retry_writes_the_rest",),
    ),
    Mutation(
        "an upload that was taken over goes on",
        "libs/database/sql/files.sql",
        "upload_token = %(token)s AND received = %(offset)s\n      AND",
        "received = %(offset)s\n      AND",
        (f"{UPLOADS}/test_files.py::test_a_newer_request_ends_the_older_one",),
    ),
    Mutation(
        "an offset is acknowledged before its bytes are durable",
        "libs/uploads/receiving.py",
        '            self._storage.put(key, self._buffer)\n        crash_point("upload.after_part")\n',
        '            self._rows.add(self._upload, start, [Part(start, len(self._buffer), b"", key)], counted=True)\n',
        (f"{UPLOADS}/test_files.py::test_what_was_received_is_what_is_read",),
    ),
    Mutation(
        "a checksum is asked for and not looked at",
        "services/ingest/files/receiver.py",
        "digest.digest() != checksum.digest",
        "not digest",
        (f"{UPLOADS}/test_tus.py::test_a_checksum_that_does_not_match_keeps_nothing",),
    ),
    Mutation(
        "those who bring files at once do not wait for one another",
        "libs/uploads/rows.py",
        '        cursor.execute(QUERIES["lock_tenant_files"], {"tenant": tenant_id})\n',
        "",
        (f"{UPLOADS}/test_files.py::test_those_who_come_at_once_share_what_a_tenant_may_have",),
    ),
    Mutation(
        "a file that a task reads is taken away",
        "libs/uploads/rows.py",
        'if cursor.execute(QUERIES["tasks_of_file"], values).fetchone():',
        "if False:",
        (f"{UPLOADS}/test_files.py::test_a_file_that_a_task_needs_stays",),
    ),
    Mutation(
        "a compressed file swells without end",
        "libs/files/inflating.py",
        "        if self._inflated > self._most:\n",
        "        if False:\n",
        (f"{FILES}/test_tables.py::test_a_bomb_is_stopped_while_it_swells[gzip]",),
    ),
    Mutation(
        "what people wrote is kept with whom it names",
        "libs/files/adapters/inventory.py",
        "            text = redacted(text)\n",
        "            pass\n",
        (f"{FILES}/test_adapters.py::test_what_was_found_never_comes_out[cnil-pia]",),
    ),
    Mutation(
        "what a scanner found is part of where it was",
        "libs/files/adapters/hawk_eye.py",
        "    file_path: str | None = None\n",
        '    file_path: str | None = __import__("msgspec").field(name="sample_text", default=None)\n',
        (f"{FILES}/test_adapters.py::test_what_was_found_never_comes_out[hawk-eye]",),
    ),
    Mutation(
        "a workbook takes what memory it likes",
        "libs/files/readers/outside/child.py",
        "    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))\n",
        "",
        (f"{FILES}/test_outside.py::test_cells_far_apart_cost_their_own_process[6000]",),
    ),
    Mutation(
        "an element is bad by what has been read of it",
        "libs/files/readers/json/elements.py",
        "            self._fill(WINDOW)\n            window = self._text[:WINDOW]\n",
        "            self._fill(1)\n            window = self._text[:WINDOW]\n",
        (f"{FILES}/test_json.py::test_what_is_read_does_not_depend_on_where_it_is_cut",),
    ),
    Mutation(
        "rows are plain whatever is between them",
        "libs/files/readers/xlsx/plain.py",
        "        if sum([len(whole) for whole, *_ in found]) != len(text):\n",
        "        if False:\n",
        (f"{FILES}/test_xlsx.py::test_plain_rows_and_events_find_the_same",),
    ),
    Mutation(
        "values stay with a file that was looked at",
        "services/processor/types/analyze.py",
        "    plain = [replace(column, samples=[]) for column in result.columns]\n",
        "    plain = result.columns\n",
        ("tests/integration/tasks/test_analyze_task.py::test_values_are_shown_to_who_asks_and_kept_with_no_file",),
    ),
    Mutation(
        "a client does not ask how far its upload is",
        "libs/client/files/uploading.py",
        "            raise TransientError(error) if error.status == HTTPStatus.CONFLICT else error from None\n",
        "            raise\n",
        ("tests/integration/uploads/test_client.py::test_it_goes_on_from_where_somebody_else_has_brought_it",),
    ),
    Mutation(
        "a client does not compare what has arrived",
        "libs/client/files/uploading.py",
        "        if file.sha256 != self._digest.hexdigest():\n",
        "        if False:\n",
        ("tests/integration/uploads/test_client.py::test_a_file_that_changes_meanwhile_is_refused_and_forgotten",),
    ),
    Mutation(
        "an upload that is begun again is another one",
        "services/ingest/files/resource.py",
        "        key = None if brings else idempotency_key(req)\n",
        "        key = None\n",
        ("tests/integration/uploads/test_client.py::test_an_upload_whose_beginning_was_not_answered_is_begun_once",),
    ),
    Mutation(
        "another site has a browser change things",
        "services/console/sign_in/gate.py",
        "        if not own:\n",
        "        if False:\n",
        (f"{CONSOLE}/test_sign_in.py::test_no_other_site_has_a_browser_change_anything",),
    ),
    Mutation(
        "a one-time link is good twice",
        "services/console/sign_in/sessions.py",
        "        if raw is None or not self._client.delete(self._key(secret)):",
        "        if raw is None:",
        (f"{CONSOLE}/test_sign_in.py::test_a_link_is_good_once_and_looking_at_it_does_not_spend_it",),
    ),
    Mutation(
        "a stale page acts",
        "services/console/pages/acting.py",
        "        if state_of(job) != seen:\n",
        "        if False:\n",
        (f"{CONSOLE}/test_pages.py::test_a_stale_page_does_nothing_and_shows_what_is_true_now",),
    ),
    Mutation(
        "who may look on may cancel",
        "services/console/pages/acting.py",
        "        person = await self._gate.person(req, Right.OPERATE)\n",
        "        person = await self._gate.person(req, Right.VIEW)\n",
        (f"{CONSOLE}/test_pages.py::test_who_may_only_look_on_is_offered_nothing_else",),
    ),
    Mutation(
        "text of others is part of the page",
        "services/console/pages/view.py",
        "autoescape=True",
        "autoescape=False",
        (f"{CONSOLE}/test_pages.py::test_text_of_others_is_text",),
    ),
    Mutation(
        "a job is told of as often as it changes",
        "services/console/streams/feed.py",
        "QUIET_S = 0.26\n",
        "QUIET_S = 0.0\n",
        (f"{CONSOLE}/test_streams.py::test_no_job_is_told_of_more_than_four_times_a_second",),
    ),
    Mutation(
        "what a broken subscription missed stays untold",
        "services/console/streams/subscription.py",
        "            self._gap()\n",
        "",
        (f"{CONSOLE}/test_streams.py::test_what_was_missed_while_redis_was_away_is_told",),
    ),
    Mutation(
        "a stream outlives its token",
        "services/console/streams/telling.py",
        "                if left <= 0 or not await self._is_in():\n",
        "                left = max(left, 1.0)\n                if not await self._is_in():\n",
        (f"{CONSOLE}/test_streams.py::test_a_stream_ends_with_its_token",),
    ),
    Mutation(
        "open streams hold the process",
        "services/console/worker.py",
        "        console.hub.drain()\n",
        "",
        (f"{CONSOLE}/test_place.py::test_a_console_ends_within_seconds_with_many_streams_open",),
    ),
    Mutation(
        "a stream of another page is read with a cookie",
        "services/console/sign_in/gate.py",
        "        self.require_own(req, reads=True)\n",
        "",
        (f"{CONSOLE}/test_streams.py::test_a_page_of_ours_may_open_a_web_socket_and_no_other",),
    ),
    Mutation(
        "a writer that commits late is not waited for",
        "libs/database/statistics/rollup.py",
        "            if ended:\n",
        "            if True:\n",
        (f"{STATISTICS}::test_a_writer_that_commits_late_is_counted",),
    ),
    Mutation(
        "two count at once",
        "libs/database/sql/statistics.sql",
        "FROM ingest.statistics_progress FOR UPDATE SKIP LOCKED\n",
        "FROM ingest.statistics_progress\n",
        (f"{STATISTICS}::test_while_one_counts_the_others_go_on",),
    ),
    Mutation(
        "a retry is counted beside what had failed",
        "libs/database/sql/migrations/0015_statistics.sql",
        "WHEN (OLD.written_at <> NEW.written_at)",
        "WHEN (false)",
        (f"{STATISTICS}::test_a_retry_takes_back_what_had_failed",),
    ),
    Mutation(
        "statistics tell of what is counted alone",
        "libs/database/sql/statistics.sql",
        "AND entry > %(counted_to)s",
        "AND false",
        (f"{STATISTICS}::test_a_writer_that_commits_late_is_counted",),
    ),
    Mutation(
        "a writer takes chunks of a paused lane",
        "libs/jobs/lua/start_chunk.lua",
        "if stands_still(tenant, job, lane) then\n",
        "if false then\n",
        (f"{STORE}_lanes.py::test_a_paused_lane_begins_nothing",),
    ),
    Mutation(
        "what was set aside stays there",
        "libs/jobs/lua/claim_due.lua",
        "    if redis.call('HEXISTS', paused, lane) == 0 then\n",
        "    if false then\n",
        (f"{STORE}_lanes.py::test_what_was_out_and_what_came_meanwhile_is_done_afterwards",),
    ),
    Mutation(
        "a paused lane holds the tenant's other lanes",
        "libs/jobs/lua/prelude.lua",
        "        if not still[lane] then taken",
        "        if true then taken",
        (f"{STORE}_lanes.py::test_other_lanes_go_on_with_the_whole_window",),
    ),
    Mutation(
        "a processor begins tasks of a paused lane",
        "libs/tasks/runner.py",
        "        if not self._stands_still(ref.lane):\n",
        "        if True:\n",
        ("tests/integration/tasks/test_paused_lanes.py::test_nothing_of_a_paused_lane_begins",),
    ),
    Mutation(
        "whoever may look may pause",
        "services/ingest/system/resource.py",
        "        caller = require(req, WRITE)\n",
        "        caller = require(req, WRITE, READ)\n",
        (f"{PAUSED}::test_whoever_may_only_read_steers_nothing",),
    ),
    Mutation(
        "who has stopped is taken for dead",
        "libs/jobs/heartbeat.py",
        ' and beat.state != "stopped"',
        "",
        ("tests/contract/test_heartbeats.py::test_the_dead_are_told_from_those_who_stopped",),
    ),
    Mutation(
        "an answer of a provider is for any browser",
        "services/console/sign_in/oidc/attempt.py",
        "return attempt if fits else None",
        "return attempt",
        (f"{CONSOLE}/test_provided.py::test_an_answer_is_for_the_browser_that_asked_and_once",),
    ),
    Mutation(
        "headers name people from any address",
        "services/console/sign_in/proxy.py",
        "return any((mapped or address) in network for network in self._networks)",
        "return True",
        (f"{CONSOLE}/test_provided.py::test_a_listed_proxy_names_people_and_nobody_else_does",),
    ),
    Mutation(
        "streams are refused where many begin at once",
        "services/console/http/threads.py",
        "        async with self._turns:\n",
        "        if True:\n",
        (f"{CONSOLE}/test_place.py::test_a_console_ends_within_seconds_with_many_streams_open",),
    ),
    Mutation(
        "the page of the system waits for a frozen store",
        "services/console/pages/system/pulse.py",
        "asyncio.timeout(self._patience_s)",
        "asyncio.timeout(100)",
        (f"{CONSOLE}/test_system.py::test_a_store_that_is_away_or_frozen_is_said_so_at_once[_frozen]",),
    ),
    Mutation(
        "whoever may look may pause on the page",
        "services/console/pages/system/page.py",
        "self._gate.person(req, Right.ADMIN)",
        "self._gate.person(req, Right.WATCH_SYSTEM)",
        (f"{CONSOLE}/test_system.py::test_nothing_is_live_for_those_who_may_only_look",),
    ),
    Mutation(
        "two processors open what is due, since their clocks differ",
        "libs/database/sql/schedules.sql",
        "AND name = %(name)s AND due_at = %(due_at)s\n",
        "AND name = %(name)s\n",
        (f"{SCHEDULES}::test_tickers_whose_clocks_differ_open_it_once",),
    ),
    Mutation(
        "a claim is kept without its job",
        "libs/tasks/schedules/opening.py",
        '    crash_point("schedule.after_claim")\n',
        '    connection.execute("COMMIT")\n    crash_point("schedule.after_claim")\n',
        (f"{SCHEDULES}::test_one_who_dies_between_the_claim_and_the_job_leaves_it_to_the_others",),
    ),
    Mutation(
        "a clock that is set back runs it again",
        "libs/tasks/schedules/opening.py",
        '    if connection.execute(QUERIES["note_fire"], noted).fetchone() is None or busy:\n',
        '    connection.execute(QUERIES["note_fire"], noted)\n    if busy:\n',
        (f"{SCHEDULES}::test_a_clock_that_is_set_back_runs_nothing_twice_and_goes_on_as_before",),
    ),
    Mutation(
        "what is too late runs all the same",
        "libs/tasks/schedules/times.py",
        "max(due, now - grace)",
        "due",
        (f"{SCHEDULES}::test_what_was_missed_runs_once_and_what_is_too_late_not_at_all",),
    ),
    Mutation(
        "a page token of the inventory is good for any list",
        "libs/lookup/inventory.py",
        """f"{entity.name} {msgspec.json.encode(wanted, order='sorted').decode()}\"""",
        '"inventory"',
        (f"{INVENTORY}::test_a_page_token_is_good_for_its_own_list_alone",),
    ),
    Mutation(
        "a scanner may read the inventory",
        "services/ingest/inventory/resource.py",
        "    caller = require(req, READ, STEER)\n",
        '    caller = require(req, READ, STEER, "ingest:write")\n',
        (f"{INVENTORY}::test_records_are_for_those_who_have_their_scope",),
    ),
    Mutation(
        "a record that comes first comes again",
        "libs/database/inventory/reader.py",
        " if each not in exact]",
        "]",
        (f"{INVENTORY}::test_a_whole_external_id_comes_first_and_once",),
    ),
    Mutation(
        "whoever looks on sees the values of records",
        "services/console/pages/inventory/listing.py",
        "Right.INVENTORY)",
        "Right.VIEW)",
        (f"{CONSOLE}/test_inventory.py::test_who_may_not_see_values_is_shown_none",),
    ),
    Mutation(
        "versions are shown to everybody",
        "services/console/pages/statistics/readings.py",
        "(span.since, span.until) if system else []",
        "(span.since, span.until)",
        (f"{CONSOLE}/test_statistics.py::test_versions_are_marked_for_those_who_may_see_the_system",),
    ),
)
