"""Webhooks on a real PostgreSQL and over real HTTP: who is told what, how often, and where nothing is ever sent."""

import base64
import datetime
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import to_builtins

from libs.broker.publisher import Publisher
from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.kinds import TaskRef
from libs.tasks.runner import Runner
from libs.tasks.store import LeaseLostError, TaskStore
from libs.webhooks.outbox import BACKOFF_S, Outbox
from libs.webhooks.posting import UndeliveredError, post
from libs.webhooks.settings import WebhookSettings
from services.processor.promises.webhooks import WebhookWatch, check_webhook, tells
from tests.integration.tasks.test_process import Start, publisher, start
from tests.integration.tasks.workplace.ai_server import AiServer, Behaviour, answers, byte_by_byte, huge
from tests.integration.tasks.workplace.bench import COUNT, Bench, count
from tests.waiting import wait_until

__all__ = ["publisher", "start"]
SECRETS = (b"k" * 24, b"another-secret-of-32-bytes-or-so")
LOOPBACK = "127.0.0.0/8"


class Hooks:
    """An outbox, whoever listens, and as many senders as a test wants."""

    def __init__(self, bench: Bench, server: AiServer, folder: Path) -> None:
        self.bench, self.server = bench, server
        self.secret_file = folder / "webhook-secret"
        self.secret_file.write_text("".join(f"whsec_{base64.b64encode(each).decode()}\n" for each in SECRETS))
        server.behave = answers(b"ok")

    def settings(self, **more: Any) -> WebhookSettings:
        usual: dict[str, Any] = {
            "webhook_url": self.server.url, "webhook_secret_file": str(self.secret_file),
            "webhook_allowed_networks": LOOPBACK, "webhook_events": "job.ended", "webhook_seconds": 1.0,
        }  # fmt: skip
        return WebhookSettings(**(usual | more))

    def store(self, **more: Any) -> TaskStore:
        return TaskStore(self.bench.pool, "processor-1", tells=tells(self.settings(**more)))

    def ended(self, **more: Any) -> TaskRef:
        """A task that was opened and has come to its end."""
        ref = self.bench.open(number=2)
        Runner(self.store(**more), {COUNT.name: (COUNT, count)}, lambda *_: None).handle(ref)
        assert self.bench.task(ref).status == "completed"
        return ref

    def watch(self, **more: Any) -> WebhookWatch:
        settings = self.settings(**more)
        assert settings.target
        return WebhookWatch(Outbox(self.bench.pool), settings, settings.target)

    def letters(self) -> list[dict[str, Any]]:
        return self.bench.sql.execute("SELECT * FROM work.webhook ORDER BY created_at").fetchall()

    def now_due(self) -> None:
        self.bench.sql.execute("UPDATE work.webhook SET due_at = now() WHERE due_at IS NOT NULL")

    def signed(self, at: int) -> tuple[dict[str, str], bytes]:
        """What came so-manieth, by a receiver that looks closely."""
        headers, body = self.server.headers[at], self.server.received[at]
        assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        for secret, one in zip(SECRETS, headers["webhook-signature"].split(), strict=True):
            assert one == "v1," + base64.b64encode(hmac.new(secret, signed, "sha256").digest()).decode()
        return headers, body


@pytest.fixture
def hooks(bench: Bench, tmp_path: Path) -> Iterator[Hooks]:
    server = AiServer()
    with server.running():
        yield Hooks(bench, server, tmp_path)


def test_an_end_is_told_once_and_signed_however_many_send(hooks: Hooks) -> None:
    refs = {str(hooks.ended().task_id) for _ in range(5)}
    beginning = threading.Barrier(3)

    def send() -> None:
        beginning.wait(10)
        hooks.watch().send()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    told = [(headers["webhook-id"], json.loads(body)) for headers, body in map(hooks.signed, range(5))]
    assert len(hooks.server.received) == 5
    assert len({event_id for event_id, _ in told}) == 5
    assert {body["data"]["job_id"] for _, body in told} == refs
    body = told[0][1]
    assert (body["type"], body["data"]["type"], body["data"]["status"]) == ("job.ended", "count", "completed")
    assert body["data"]["records"]["created"] == 2
    assert datetime.datetime.fromisoformat(body["timestamp"]).tzinfo
    assert all(letter["ended_at"] and not letter["error"] for letter in hooks.letters())


def test_nothing_is_written_where_nobody_listens_or_nobody_asks_for_it(hooks: Hooks) -> None:
    assert tells(WebhookSettings()) is None
    assert check_webhook(WebhookSettings()) is None
    hooks.ended(webhook_url="")
    hooks.ended(webhook_events="report.made")
    assert hooks.letters() == []


def test_what_does_not_come_to_pass_is_not_told(hooks: Hooks) -> None:
    ref, store = hooks.bench.open(), hooks.store()
    lease = store.claim(ref)
    assert lease
    hooks.bench.lease_runs_out(ref)
    assert store.claim(ref)
    with pytest.raises(LeaseLostError):
        store.end(lease, JobStatus.COMPLETED)
    assert hooks.letters() == []


def _moved(handler: Any) -> None:
    answers(b"", 307, Location="/elsewhere")(handler)


def _hangs_up(handler: Any) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _slow_headers(handler: Any) -> None:
    for _ in range(200):
        handler.wfile.write(b"H")
        handler.wfile.flush()
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (answers(b"", 500), "HTTP 500"), (answers(b"", 410), "HTTP 410"), (_moved, "HTTP 307"),
        (_hangs_up, "connection"), (_slow_headers, "connection"),
    ],
    ids=["500", "gone", "redirect", "hangs-up", "slow"],
)  # fmt: skip
def test_what_is_not_taken_comes_again_later(hooks: Hooks, behave: Behaviour, reason: str) -> None:
    hooks.ended()
    hooks.server.behave = behave
    began = time.monotonic()
    hooks.watch(webhook_seconds=0.3).send()
    assert time.monotonic() - began < 3.0, "whoever listens cannot hold it up"
    (letter,) = hooks.letters()
    assert (letter["attempts"], letter["error"]) == (1, reason)
    assert letter["due_at"] - letter["created_at"] >= datetime.timedelta(seconds=BACKOFF_S[0])
    hooks.watch().send()
    assert len(hooks.server.received) == 1, "not before its time, and nothing is followed"
    hooks.server.behave = answers(b"", 204)
    hooks.now_due()
    hooks.watch().send()
    (first, body), (second, again) = ((dict(headers), body) for headers, body in map(hooks.signed, range(2)))
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    (letter,) = hooks.letters()
    assert letter["ended_at"]
    assert letter["error"] is None


@pytest.mark.parametrize("behave", [huge, byte_by_byte], ids=["huge", "endless"])
def test_of_an_answer_the_status_alone_is_read(hooks: Hooks, behave: Behaviour) -> None:
    hooks.ended()
    hooks.server.behave = behave
    began = time.monotonic()
    hooks.watch().send()
    assert time.monotonic() - began < 3.0
    assert hooks.letters()[0]["ended_at"]


def test_after_the_last_attempt_it_is_given_up_and_forgotten_in_time(hooks: Hooks) -> None:
    hooks.ended()
    hooks.server.behave = answers(b"", 503)
    hooks.bench.sql.execute("UPDATE work.webhook SET attempts = %s", [len(BACKOFF_S)])
    hooks.watch().send()
    (letter,) = hooks.letters()
    assert (letter["due_at"], letter["error"]) == (None, "HTTP 503")
    hooks.bench.sql.execute("UPDATE work.webhook SET ended_at = now() - interval '8 days'")
    hooks.watch().send()
    assert hooks.letters() == []


def test_who_claimed_it_and_came_too_late_settles_nothing(hooks: Hooks) -> None:
    hooks.ended()
    outbox = Outbox(hooks.bench.pool)
    slow = outbox.claim()
    assert slow
    assert outbox.claim() is None
    hooks.now_due()
    quick = outbox.claim()
    assert quick
    outbox.failed(slow, "HTTP 500")
    assert hooks.letters()[0]["error"] is None
    outbox.taken(quick)
    assert outbox.waiting() == 0


def test_a_private_address_is_never_reached_unless_it_is_listed(hooks: Hooks) -> None:
    listed = hooks.settings()
    assert listed.target == check_webhook(listed)
    others = hooks.settings(webhook_allowed_networks="10.0.0.0/8")
    with pytest.raises(ValueError, match="SLUICE_WEBHOOK_ALLOWED_NETWORKS"):
        check_webhook(others)
    hooks.ended()
    hooks.watch(webhook_allowed_networks="10.0.0.0/8").send()
    assert hooks.server.received == []
    assert hooks.letters()[0]["error"] == "address"


def test_the_address_that_was_judged_is_the_one_that_is_connected_with(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means a fit address when it is asked for, and another one the next time."""
    resolve, asked = socket.getaddrinfo, list[Any]()

    def named(host: Any, *args: Any, **how: Any) -> Any:
        if host != "hooks.example":
            return resolve(host, *args, **how)
        asked.append(host)
        return resolve("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *args, **how)

    monkeypatch.setattr(socket, "getaddrinfo", named)
    target = hooks.settings(webhook_url=hooks.server.url.replace("127.0.0.1", "hooks.example")).target
    assert target
    networks = hooks.settings(webhook_allowed_networks="127.0.0.1/32").networks
    post(target, b"{}", {}, networks=networks, seconds=1.0)
    assert hooks.server.headers[0]["Host"] == target.named
    with pytest.raises(UndeliveredError, match="address"):
        post(target, b"{}", {}, networks=networks, seconds=1.0)
    assert len(hooks.server.received) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_taken(hooks: Hooks, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(tmp_path))
        thread = threading.Thread(target=_handshake, args=[context, listening])
        thread.start()
        port = listening.getsockname()[1]
        target = hooks.settings(webhook_url=f"https://localhost:{port}/").target
        assert target
        networks = hooks.settings(webhook_allowed_networks=f"{LOOPBACK},::1").networks
        with pytest.raises(UndeliveredError, match="tls"):
            post(target, b"{}", {}, networks=networks, seconds=5.0)
        thread.join(10)


def _handshake(context: ssl.SSLContext, listening: socket.socket) -> None:
    channel, _ = listening.accept()
    with pytest.raises(ssl.SSLError), channel:
        context.wrap_socket(channel, server_side=True).read()


def _certificate(folder: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    file = folder / "self-signed.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return file


def test_a_processor_tells_of_the_ends_that_it_makes(hooks: Hooks, start: Start, publisher: Publisher) -> None:
    processor = start(**{name: value for name, value in to_builtins(hooks.settings()).items() if value})
    ref = hooks.bench.open(number=1)
    processor.wait_ready(processor.url)
    publisher.publish([ref])
    wait_until(lambda: len(hooks.server.received) == 1, 20, "it is told")
    assert json.loads(hooks.server.received[0])["data"]["job_id"] == str(ref.task_id)
    page: Callable[[], str] = lambda: httpx.get(f"{processor.url}/metrics", trust_env=False).text  # noqa: E731
    wait_until(lambda: 'sluice_webhooks_total{result="taken"} 1.0' in page(), 10, "it is counted")
    assert "sluice_webhooks_waiting 0.0" in page()
