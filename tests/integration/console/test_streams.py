"""Streams of what changes: to programs by token, to pages by their session; and to nobody for longer than he may."""

import json
import re
import subprocess
import time
from contextlib import ExitStack

import httpx
import pytest
from httpx_sse import SSEError, connect_sse
from websockets.exceptions import ConnectionClosed, InvalidStatus

from libs.jobs.keys import Keys
from tests.integration.console.visitors.listening import listening, socket_of, writer_stopped
from tests.integration.console.visitors.site import EVERYTHING, Person, Site, job_of, several
from tests.integration.service_process import Scanner
from tests.signing import bearer
from tests.waiting import wait_until

ENDED = ("completed", "failed", "cancelled")


def open_streams(site: Site) -> int:
    """How many streams the console says are open."""
    page = httpx.get(f"{site.console.metrics_url}/metrics", trust_env=False).text
    found = re.findall(r'^sluice_live_streams\{transport="(sse|websocket)"\} (\d+)\.0$', page, re.MULTILINE)
    assert len(found) == 2
    assert 'sluice_capacity{of="streams"} 2000.0' in page
    return sum(int(count) for _, count in found)


def test_a_job_is_told_from_where_it_is_to_its_end(site: Site, scanner: Scanner, person: Person) -> None:
    with ExitStack() as streams:
        with writer_stopped(site):
            job = job_of(scanner.post(several(4_500), background=True))
            stream = streams.enter_context(listening(person, f"/api/v1/jobs/{job}/events"))
            wait_until(lambda: stream.events, 10, "a snapshot")
            assert stream.documents[0]["status"] == "pending"
        assert stream.over.wait(30), "the stream ends with the job"

    last_id, last = stream.events[-1]
    assert last["id"] == last["job_id"] == job
    assert (last["status"], last["progress"], last["records"]["created"]) == ("completed", 100.0, 4_500)
    assert last_id == last["version"]
    assert [each for each in stream.documents[:-1] if each["status"] in ENDED] == []
    assert len(stream.events) > 1


def test_who_has_seen_the_end_is_told_not_to_come_again(site: Site, scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(2)))
    scanner.ended(f"/api/v1/jobs/{job}")
    with listening(person, f"/api/v1/jobs/{job}/events") as stream:
        assert stream.over.wait(10)
        ((version, document),) = stream.events
    assert document["status"] == "completed"

    headers = {"Authorization": f"Bearer {person.token}", "Last-Event-ID": version}
    answer = httpx.get(f"{site.url}/api/v1/jobs/{job}/events", headers=headers, trust_env=False)
    assert answer.status_code == 204  # upon which an EventSource stops


def test_who_comes_again_is_told_what_he_has_missed_alone(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(3), background=True))
        with listening(person, f"/api/v1/jobs/{job}/events") as stream:
            wait_until(lambda: stream.events, 10, "a snapshot")
            known = stream.events[0][0]
        with listening(person, f"/api/v1/jobs/{job}/events", **{"Last-Event-ID": known}) as again:
            wait_until(lambda: again.comments, 10, "a sign of life")
            assert again.events == []
            person.post(f"/jobs/{job}/cancel", reason="enough", version=person.version(job))
            wait_until(lambda: again.events, 10, "what has changed")


def test_all_jobs_of_a_tenant_are_told_in_one_stream(site: Site, scanner: Scanner, person: Person) -> None:
    earlier = job_of(scanner.post(several(1)))
    stranger = site.scanner()
    with listening(person, "/api/v1/events") as stream:
        wait_until(lambda: stream.events, 10, "a snapshot")
        assert stream.documents[0]["snapshot"] is True
        assert [job["id"] for job in stream.documents[0]["jobs"]] == [earlier]
        jobs = {job_of(scanner.post(several(3), background=True)) for _ in range(3)}
        job_of(stranger.post(several(1)))
        wait_until(
            lambda: {each["id"] for each in stream.documents[1:] if each["status"] in ENDED} == jobs, 20, "all ends"
        )
        assert {each["tenant_id"] for each in stream.documents[1:]} == {str(person.tenant)}


def test_no_job_is_told_of_more_than_four_times_a_second(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(3), background=True))
        with listening(person, f"/api/v1/jobs/{job}/events") as stream:
            wait_until(lambda: stream.events, 10, "a snapshot")
            client = site.redis()
            key, channel = Keys(site.namespace).job(person.tenant, job), Keys(site.namespace).events(person.tenant)
            until = time.monotonic() + 2.0
            while time.monotonic() < until:  # a change every few milliseconds
                client.hincrby(key, "version", 1)
                client.publish(channel, json.dumps({"job_id": job}))
            version = client.hget(key, "version").decode()
            client.close()
            wait_until(lambda: stream.events[-1][0] == version, 5, "the newest state")
    assert 4 <= len(stream.events) <= 12


def changed_in_silence(site: Site, person: Person, job: str) -> None:
    """A change of which no message tells."""
    client = site.redis()
    client.hset(Keys(site.namespace).job(person.tenant, job), "version", 777)
    client.close()


@pytest.mark.slow
def test_what_no_message_told_is_found_by_looking(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(1), background=True))
        with listening(person, f"/api/v1/jobs/{job}/events") as stream:
            wait_until(lambda: stream.events, 10, "a snapshot")
            changed_in_silence(site, person, job)
            wait_until(lambda: stream.events[-1][0] == "777", 18, "a look at all that is open")


def test_what_was_missed_while_redis_was_away_is_told(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(1), background=True))
        with listening(person, f"/api/v1/jobs/{job}/events") as stream:
            wait_until(lambda: stream.events, 10, "a snapshot")
            changed_in_silence(site, person, job)
            client = site.redis()
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            client.close()
            wait_until(lambda: stream.events[-1][0] == "777", 8, "a look at all that is watched")


def test_a_web_socket_says_the_same(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(4_500), background=True))
        with socket_of(person, job) as socket:
            first = json.loads(socket.recv(timeout=10))
            assert (first["id"], first["status"]) == (job, "pending")
            assert json.loads(socket.recv(timeout=10)) == {"ping": True}
    with socket_of(person, job) as socket:
        documents = []
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                documents.append(json.loads(socket.recv(timeout=20)))
    assert documents[-1]["status"] == "completed"
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1000


def test_a_page_of_ours_may_open_a_web_socket_and_no_other(site: Site, scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(1)))
    cookie = f"sluice_session={person.http.cookies['sluice_session']}"
    with socket_of(person, job, Cookie=cookie, Origin=site.url) as socket:
        assert json.loads(socket.recv(timeout=10))["id"] == job
    for headers in ({"Origin": "http://evil.example"}, {}, {"Origin": "null"}):
        with pytest.raises(InvalidStatus):
            socket_of(person, job, Cookie=cookie, **headers)


def test_a_page_of_another_site_reads_no_stream(site: Site, scanner: Scanner, person: Person) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert person.get("/api/v1/events", **headers).status_code == 403


def test_no_token_stands_in_an_address(site: Site, scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(1)))
    for name in ("token", "access_token", "authorization"):
        answer = httpx.get(f"{site.url}/api/v1/jobs/{job}/events?{name}={person.token}", trust_env=False)
        assert answer.status_code in (400, 401)


@pytest.mark.parametrize("job", ["01a00000-0000-7000-8000-000000000000", "nonsense", "%00"])
def test_there_is_no_stream_of_what_is_not_there(person: Person, job: str) -> None:
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = httpx.get(f"{person.url}/api/v1/jobs/{job}/events", headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "JOB_NOT_FOUND")
    with pytest.raises(InvalidStatus):
        socket_of(person, job)


def test_another_tenants_job_is_as_one_that_is_not_there(site: Site, person: Person) -> None:
    stranger = site.scanner()
    job = job_of(stranger.post(several(1)))
    headers = {"Authorization": f"Bearer {person.token}"}
    assert httpx.get(f"{site.url}/api/v1/jobs/{job}/events", headers=headers, trust_env=False).status_code == 404


def test_a_token_without_the_right_sees_nothing(site: Site, scanner: Scanner) -> None:
    headers = {"Authorization": bearer(scanner.tenant, scope="ingest:write")}
    assert httpx.get(f"{site.url}/api/v1/events", headers=headers, trust_env=False).status_code == 403


def test_a_stream_ends_with_its_token(site: Site, scanner: Scanner, person: Person) -> None:
    person.token = bearer(scanner.tenant, scope=EVERYTHING, exp=int(time.time()) + 3).removeprefix("Bearer ")
    with listening(person, "/api/v1/events") as stream:
        assert stream.over.wait(8)
        assert stream.events


def test_a_tenant_has_a_share_of_streams_and_others_have_theirs(site: Site, person: Person) -> None:
    headers = {"Authorization": f"Bearer {person.token}"}
    with ExitStack() as streams:
        for _ in range(8):
            stream = streams.enter_context(listening(person, "/api/v1/events"))
            wait_until(lambda stream=stream: stream.events, 10, "a snapshot")
        answer = httpx.get(f"{site.url}/api/v1/events", headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (429, "STREAMS_OF_TENANT")
        assert int(answer.headers["retry-after"]) > 0
        with listening(site.person(site.scanner()), "/api/v1/events") as other:
            wait_until(lambda: other.events, 10, "another tenant's snapshot")
    with listening(person, "/api/v1/events") as stream:
        wait_until(lambda: stream.events or stream.over.is_set(), 10, "a place that was given back")
        assert stream.status in (200, 429)


def test_a_stream_ends_when_its_client_has_gone(site: Site, person: Person) -> None:
    wait_until(lambda: open_streams(site) == 0, 10, "no stream from before")
    with listening(person, "/api/v1/events") as stream:
        wait_until(lambda: stream.events, 10, "a snapshot")
        assert open_streams(site) == 1
    wait_until(lambda: open_streams(site) == 0, 7, "the place is given back")


def test_curl_shows_it_as_it_comes(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(2)))
    command = ["curl", "-sSN", "--noproxy", "*", "--max-time", "15", "-H", f"Authorization: Bearer {person.token}"]
    shown = subprocess.run(
        [*command, f"{person.url}/api/v1/jobs/{job}/events"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.startswith("retry: ")
    assert '"status":"completed"' in shown


def test_a_program_with_httpx_sse_reads_it_and_is_told_once_that_it_may_not(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(2)))
    scanner.ended(f"/api/v1/jobs/{job}")
    path, headers = f"/api/v1/jobs/{job}/events", {"Authorization": f"Bearer {person.token}"}
    with httpx.Client(base_url=person.url, trust_env=False, timeout=20) as client:
        with connect_sse(client, "GET", path, headers=headers) as source:
            told = list(source.iter_sse())
        assert [each.json()["status"] for each in told] == ["completed"]
        assert (told[0].id, told[0].retry) == (str(told[0].json()["version"]), 3_000)
        with connect_sse(client, "GET", path, headers={"Authorization": "Bearer nonsense"}) as source:
            assert source.response.status_code == 401
            with pytest.raises(SSEError):  # no stream: a program that reads it ends, and comes not again by itself
                list(source.iter_sse())
    with pytest.raises(InvalidStatus):
        socket_of(person, job, Authorization="Bearer nonsense")
