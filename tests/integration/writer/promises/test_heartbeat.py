"""A writer says what it does, and that it stops; one that is killed says nothing, and is taken for dead."""

import uuid
from pathlib import Path

import psycopg

from libs.contracts.system.workers import WorkerView
from libs.jobs.watching.heartbeat import DEAD_AFTER_S, Heartbeats
from tests.contract.test_heartbeats import later
from tests.integration.writer.surroundings import Surroundings, running_writer, terminate
from tests.waiting import wait_until
from tests.writing import recipient


def seen(around: Surroundings) -> WorkerView | None:
    workers = Heartbeats(around.desk.store.client, around.desk.namespace).workers()
    return workers[0] if workers else None


def test_it_says_what_it_does_and_when_it_stops(around: Surroundings, tmp_path: Path) -> None:
    with running_writer(tmp_path, **around.settings) as writer:
        with psycopg.connect(around.desk.database_url) as connection:
            connection.execute("LOCK TABLE inventory.recipient")
            around.publish(uuid.uuid4(), [recipient()])
            doing = wait_until(lambda: (found := seen(around)) and found.doing, 10, "it says what it does")
            (work,) = doing
            assert (work.type, work.entity, work.lane) == ("write", "recipients", "normal")
            assert work.seconds > 0
        assert terminate(writer) == 0
    found = seen(around)
    assert found
    assert (found.state, found.doing) == ("stopped", [])
    later(around.desk.store.client, around.desk.namespace, DEAD_AFTER_S + 1)
    assert (found := seen(around))
    assert found.state == "stopped"


def test_one_that_was_killed_is_dead(around: Surroundings, tmp_path: Path) -> None:
    with running_writer(tmp_path, **around.settings) as writer:
        wait_until(lambda: seen(around), 10, "it beats")
        writer.kill()
    later(around.desk.store.client, around.desk.namespace, DEAD_AFTER_S + 1)
    assert (found := seen(around))
    assert found.state == "dead"
