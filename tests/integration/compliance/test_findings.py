"""What is kept of what rules find: once, as long as it holds; what people decide; what a run that goes wrong leaves."""

import threading
import uuid
from typing import Any

import msgspec
import psycopg
import pytest
from msgspec.structs import replace
from psycopg import sql

from libs.compliance import findings, running
from libs.compliance.catalogue import CATALOGUE, Rule
from libs.compliance.findings import FindingFilter, Place
from libs.contracts.compliance.findings import AcceptBody, FindingView, today
from libs.contracts.compliance.own_rules import OwnRuleBody
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.rules import RULES
from libs.database.tenants import as_tenant
from libs.tasks.context import Context
from tests.integration.compliance.inventory import DAY, RulesBench
from tests.waiting import wait_until

USUAL = FindingFilter()
OWN = OwnRuleBody(entity="recipients", field="contact", operator="missing", text_vi="Thiếu")


def only(it: RulesBench, code: str, record: uuid.UUID) -> FindingView | None:
    return it.store.one(it.tenant, Place(code, record))


def listed(it: RulesBench, wanted: FindingFilter = USUAL, limit: int = 1000) -> list[tuple[str, uuid.UUID]]:
    """All pages of a list."""
    pairs, after = [], None
    while True:
        page, after = it.store.page(it.tenant, wanted, after=after, limit=limit)
        pairs += [(each.code, each.record_id) for each in page]
        if after is None:
            return pairs


def rows(it: RulesBench) -> list[tuple[Any, ...]]:
    """Where each row of the table is: one that is written again is elsewhere."""
    found = it.bench.sql.execute("SELECT ctid, xmin, * FROM work.finding WHERE tenant_id = %s", [it.tenant])
    return sorted(map(str, found))


def mended(it: RulesBench, rule: str, statement: str) -> Rule:
    return replace(CATALOGUE[rule], statement=sql.SQL(statement))  # type: ignore[arg-type]


def test_a_finding_is_opened_once_stays_and_is_resolved_when_it_is_gone(rules_bench: RulesBench) -> None:
    it = rules_bench
    record = it.inventory.recipient()
    first = it.run()
    assert first["rules"]["REC-01"] == first["rules"]["REC-01"] | {"found": 1, "new": 1, "resolved": 0, "error": None}
    assert (first["found"], first["new"], first["still"], first["failed"]) == (first["found"], first["found"], 0, 0)
    found = only(it, "REC-01", record)
    assert found
    assert (found.state, found.new, found.name_vi, found.severity) == ("open", True, "Ngân hàng", "warning")

    before = rows(it)
    second = it.run()
    assert rows(it) == before, "what stays is not written"
    assert (second["new"], second["resolved"], second["still"]) == (0, 0, first["found"])
    again = only(it, "REC-01", record)
    assert again
    assert (again.new, again.first_seen) == (False, found.first_seen)
    assert again.last_seen > found.last_seen

    it.inventory.change("recipient", record, contact="a@vi.du")
    third = it.run()
    assert (third["new"], third["resolved"], third["rules"]["REC-01"]["found"]) == (0, 1, 0)
    gone = only(it, "REC-01", record)
    assert gone
    assert (gone.state, gone.last_seen) == ("resolved", again.last_seen)
    assert gone.resolved_at
    assert ("REC-01", record) not in listed(it)
    assert listed(it, FindingFilter(states=("resolved",))) == [("REC-01", record)]

    it.inventory.change("recipient", record, contact=None)
    fourth = it.run()
    assert (fourth["new"], fourth["resolved"]) == (1, 0)
    back = only(it, "REC-01", record)
    assert back
    assert (back.state, back.new, back.first_seen) == ("open", True, found.first_seen)
    assert listed(it, FindingFilter(new=True)) == [("REC-01", record)]


def test_an_acceptance_holds_until_its_day_and_survives_being_gone(
    rules_bench: RulesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = rules_bench
    record = it.inventory.recipient()
    it.run()
    place = Place("REC-01", record)
    accepted = it.desk.accept(it.origin, place, AcceptBody(reason="Đang bổ sung", until=today()))
    assert accepted.state == "accepted"
    assert accepted.accepted
    assert (accepted.accepted.by, accepted.accepted.reason, accepted.accepted.until) == ("lan", "Đang bổ sung", today())
    assert listed(it, FindingFilter(states=("accepted",))) == [place]
    assert place not in listed(it, FindingFilter(states=("open",)))
    counts = {each.code: (each.found, each.accepted) for each in it.store.rules(it.tenant)}
    assert counts["REC-01"] == (1, 1)

    it.run()
    assert only(it, *place) == replace(accepted, new=False, last_seen=only(it, *place).last_seen)  # type: ignore[union-attr]
    monkeypatch.setattr(findings, "today", lambda: today() + DAY)
    lapsed = only(it, *place)
    assert lapsed
    assert lapsed.state == "open"
    assert place in listed(it, FindingFilter(states=("open",)))
    assert {each.code: each.accepted for each in it.store.rules(it.tenant)}["REC-01"] == 0
    monkeypatch.undo()

    assert it.desk.reopen(it.origin, place, "").state == "open"
    query = (
        "SELECT action, entity, reason, actor FROM ingest.audit WHERE tenant_id = %s AND action LIKE 'finding.%%'"
        " ORDER BY seq"
    )
    assert [tuple(row.values()) for row in it.bench.sql.execute(query, [it.tenant])] == [
        ("finding.accept", f"finding:REC-01:{record}", "Đang bổ sung", "lan"),
        ("finding.reopen", f"finding:REC-01:{record}", "", "lan"),
    ]


def test_what_cannot_be_decided_is_refused(rules_bench: RulesBench) -> None:
    it = rules_bench
    record = it.inventory.recipient()
    place = Place("REC-01", record)
    for days, code in ((-1, "ACCEPT_UNTIL"), (732, "ACCEPT_UNTIL"), (0, "FINDING_NOT_FOUND")):
        with pytest.raises(Refusal, match=code):
            it.desk.accept(it.origin, place, AcceptBody(reason="x", until=today() + days * DAY))
    it.run()
    with pytest.raises(Refusal, match="FINDING_NOT_ACCEPTED"):
        it.desk.reopen(it.origin, place, "")
    it.desk.accept(it.origin, place, AcceptBody(reason="x", until=today() + DAY))
    other = it.another()
    with pytest.raises(Refusal, match="FINDING_NOT_FOUND"):
        other.desk.accept(other.origin, place, AcceptBody(reason="x", until=today()))
    for text in ("", " ", "a\nb", "x" * 501):
        with pytest.raises((ValueError, TypeError)):
            msgspec.convert({"reason": text, "until": "2027-01-01"}, AcceptBody)


def test_lists_are_pages_the_gravest_rules_first(rules_bench: RulesBench) -> None:
    it = rules_bench
    records = {it.inventory.recipient() for _ in range(5)}
    it.run()
    whole = listed(it)
    assert len(whole) == len({*whole})
    assert listed(it, limit=2) == whole
    order = list(CATALOGUE)
    assert whole == sorted(whole, key=lambda each: (order.index(each[0]), each[1]))
    assert {record for code, record in listed(it, FindingFilter(codes=("REC-04",)), limit=2)} == records
    one = min(records)
    assert {code for code, _ in listed(it, FindingFilter(record=one))} == {"REC-01", "REC-02", "REC-04"}
    assert {each.code for each in it.store.of_record(it.tenant, "recipients", one)} == {"REC-01", "REC-02", "REC-04"}
    grave = FindingFilter(severities=("error",), entities=("recipients",))
    assert {code for code, _ in listed(it, grave)} == {"REC-04"}
    assert listed(it.another()) == []


def test_a_rule_that_fails_is_its_own_error_and_keeps_what_it_had_found(
    rules_bench: RulesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = rules_bench
    record = it.inventory.recipient()
    it.run()
    monkeypatch.setitem(CATALOGUE, "REC-01", mended(it, "REC-01", "SELECT %(tenant)s AS record_id WHERE 1 / 0 = 1"))
    monkeypatch.setitem(CATALOGUE, "REC-02", mended(it, "REC-02", "SELECT %(tenant)s AS record_id FROM pg_sleep(60)"))
    it.runs = running.RuleRuns(it.bench.pool, 1)
    ref = it.open()
    result = it.run(ref)
    assert (result["failed"], result["rules"]["REC-01"]["error"], result["rules"]["REC-02"]["error"]) == (
        2, "22012", "57014",
    )  # fmt: skip
    assert result["rules"]["REC-04"]["found"] == 1
    assert it.bench.story(ref).count("RULE_FAILED") == 2
    kept = only(it, "REC-01", record)
    assert kept
    assert kept.state == "open"
    views = {each.code: each for each in it.store.rules(it.tenant)}
    assert (views["REC-01"].found, views["REC-01"].error, views["REC-04"].error) == (1, "22012", None)
    monkeypatch.undo()
    assert it.run()["failed"] == 0
    assert {each.code: each.error for each in it.store.rules(it.tenant)}["REC-01"] is None


def test_a_node_that_is_away_is_never_held_against_a_rule(
    rules_bench: RulesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = rules_bench
    it.inventory.recipient()
    it.inventory.sql.execute("""CREATE OR REPLACE FUNCTION public.away() RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION SQLSTATE 'XX000' USING MESSAGE = 'connection to the remote node a@b:5432 failed'; END $$""")
    ref = it.open()
    with monkeypatch.context() as patched:
        patched.setitem(CATALOGUE, "REC-01", mended(it, "REC-01", "SELECT public.away() AS record_id"))
        it.bench.runner(it.work, RULES).handle(ref)
    put_off = it.bench.task(ref)
    assert (put_off.status.ended, it.bench.story(ref).count("RULE_FAILED")) == (False, 0)
    assert "REC-01" not in {done["code"] for done in (put_off.checkpoint or {})["done"]}


def test_a_rule_is_broken_off_within_two_seconds_of_a_cancel(
    rules_bench: RulesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = rules_bench
    monkeypatch.setitem(CATALOGUE, "ACT-02", mended(it, "ACT-02", "SELECT %(tenant)s AS record_id FROM pg_sleep(60)"))
    ref = it.open()
    runner = it.bench.runner(it.work, RULES)
    thread = threading.Thread(target=runner.handle, args=(ref,))
    thread.start()
    wait_until(lambda: (it.bench.task(ref).checkpoint or {}).get("done"), 20, "the first rule is done")
    it.bench.cancel(ref)
    runner.extend_leases()
    thread.join(20)
    assert it.bench.task(ref).status == "cancelled"
    views = {each.code: each for each in it.store.rules(it.tenant)}
    assert (views["ACT-01"].ran_at is not None, views["ACT-02"].ran_at, views["ACT-02"].error) == (True, None, None)


def test_two_runs_of_a_tenant_go_one_after_the_other(rules_bench: RulesBench) -> None:
    it = rules_bench
    first, second = it.open(), it.open()
    entered = threading.Event()

    def begin(context: Context) -> Any:
        if context.task.task_id == first.task_id and not entered.is_set():
            entered.set()
            runner.handle(second)
            assert (it.bench.task(second).status, it.bench.task(second).stage) == ("processing", "wait")
        return it.work(context)

    runner = it.bench.runner(begin, RULES)
    runner.handle(first)
    assert it.bench.task(first).status == "completed"
    it.bench.now_due(second)
    runner.handle(second)
    assert it.bench.task(second).status == "completed"
    assert it.bench.task(second).result["new"] == 0  # type: ignore[index]


def test_what_a_run_without_its_lease_has_found_is_not_written(rules_bench: RulesBench) -> None:
    it = rules_bench
    it.inventory.recipient()
    ref = it.open()
    lease = it.bench.store("late").claim(ref)
    assert lease
    it.bench.lease_runs_out(ref)
    assert it.bench.store("another").claim(ref)
    with pytest.raises(running.FencedOffError):
        it.runs.run(lease.values, CATALOGUE["REC-01"], today(), lambda: False)
    assert rows(it) == []
    assert [each.ran_at for each in it.store.rules(it.tenant)] == [None] * len(CATALOGUE)


def test_a_rule_that_is_no_more_takes_its_findings_with_it(
    rules_bench: RulesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = rules_bench
    it.inventory.recipient()
    it.run()
    monkeypatch.delitem(CATALOGUE, "REC-01")
    it.run()
    codes = "SELECT DISTINCT rule FROM work.{} WHERE tenant_id = %s"
    for table in ("finding", "rule_state"):
        statement = sql.SQL(codes).format(sql.Identifier(table))  # type: ignore[arg-type]
        assert "REC-01" not in {row["rule"] for row in it.bench.sql.execute(statement, [it.tenant])}


@pytest.mark.parametrize("table", ["work.finding", "work.rule_state", "work.own_rule"])
def test_each_role_sees_a_tenants_own_and_changes_what_it_may(rules_bench: RulesBench, table: str) -> None:
    it = rules_bench
    it.desk.put_rule(it.origin, "OWN-1", OWN)
    it.run()
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
    for pool in (it.readers, it.bench.tasks_pool):
        with pool.connection() as connection:
            assert connection.execute(count).fetchone() == (0,), "without a tenant there is nothing"
        for tenant, some in ((it.tenant, True), (uuid.uuid4(), False)):
            with as_tenant(pool, tenant) as cursor:
                assert (next(iter((cursor.execute(count).fetchone() or {}).values())) > 0) is some
    with (
        as_tenant(it.bench.tasks_pool, it.tenant) as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):  # fmt: skip
        cursor.execute("UPDATE work.finding SET resolved_at = now(), last_seen = now()")


def test_an_empty_tenant_lacks_its_organisation_alone(rules_bench: RulesBench) -> None:
    assert rules_bench.run()["found"] == 1
    assert listed(rules_bench) == [("ORG-04", rules_bench.tenant)]
