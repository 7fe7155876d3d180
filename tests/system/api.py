"""A tiny driver of the running system: HTTP for everything, SQL for looking, stack.json for where things are."""

import contextlib
import json
import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.system.answers import check_answer
from tests.system.raw import RawAnswer, exchange
from tests.system.samples import Json, Kind
from tests.waiting import wait_until

SCOPES = "ingest:write jobs:read jobs:write"
ENDED = ("completed", "failed", "cancelled")


def next_page_token(body: Json) -> str | None:
    """What asks for the next page of a list: a token, or a link that holds it."""
    token = next((value for name, value in body.items() if "next" in name or name == "page_token"), None)
    return parse_qs(urlsplit(token).query).get("page_token", [token])[0] if token else None


class Stack:
    """The running system, as its stack.json describes it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        described = self.described()
        self.url: str = described["ingest_url"]
        self.metrics_urls: dict[str, str] = described["metrics_urls"]
        self.database_url: str = described["database_url"]
        self.secret = Path(described["token_secret_file"]).read_bytes()
        self.http = httpx.Client(
            base_url=self.url,
            timeout=90,
            trust_env=False,
            event_hooks={"response": [check_answer]},
            limits=httpx.Limits(keepalive_expiry=1),
        )
        self.database = psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        """Close our connections; the system runs on."""
        self.http.close()
        self.database.close()

    def described(self) -> Json:
        """stack.json as it is now: it is rewritten when a child is restarted."""
        described: Json = json.loads((self.data_dir / "stack.json").read_text())
        return described

    def pid(self, name: str) -> int:
        """The process that has this name now."""
        return int(self.described()["pids"][name])

    def claims(self, tenant: str, /, **changes: Any) -> Json:
        """Good claims, with changes; a change to None leaves the claim out."""
        now = int(time.time())
        good = {"iss": "sluice", "aud": "sluice", "sub": "scanner-1", "tenant": tenant, "iat": now, "exp": now + 3600}
        claims = {**good, "scope": SCOPES, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def bearer(self, claims: Json) -> dict[str, str]:
        """The header that carries these claims, signed as the system expects it."""
        return {"Authorization": "Bearer " + jwt.encode(claims, self.secret, algorithm="HS256")}

    @contextlib.contextmanager
    def writers_stopped(self) -> Iterator[None]:
        """No writer moves inside the block, so that a job stays as it was accepted."""
        pids = [int(pid) for name, pid in self.described()["pids"].items() if name.startswith("writer")]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


class Tenant:
    """A fresh tenant with a scanner's token."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.id = str(uuid.uuid4())
        self.bearer = stack.bearer(stack.claims(self.id))

    def path(self, kind: Kind, *, background: bool = False) -> str:
        """Where batches of this kind are posted, to be waited for or in the background."""
        return f"/api/v1/tenants/{self.id}/batch/{kind.name}" + ("/async" if background else "")

    def post(self, kind: Kind, records: list[Any], **options: Any) -> httpx.Response:
        """Post the records as JSON; the options are those of `send`."""
        return self.send(kind, json.dumps({kind.member: records}).encode(), **options)

    def send(
        self,
        kind: Kind,
        content: bytes | Iterator[bytes],
        *,
        background: bool = False,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """Post this body, as JSON unless the headers say otherwise."""
        heads = {**self.bearer, "Content-Type": "application/json", **(headers or {})}
        return self.stack.http.post(
            self.path(kind, background=background), content=content, headers=heads, params=query
        )

    def raw(self, kind: Kind, fields: bytes, body: bytes, **options: Any) -> RawAnswer:
        """Post over a plain socket with these header fields (each ends in CRLF) besides the usual ones."""
        head = (
            f"POST {self.path(kind)} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
            f"Authorization: {self.bearer['Authorization']}\r\nContent-Type: application/json\r\n"
        )
        return exchange(self.stack.url, head.encode() + fields + b"\r\n" + body, **options)

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """GET with the tenant's token; the query is left as it stands in the path where none is given."""
        return self.stack.http.get(path, headers={**self.bearer, **(headers or {})}, params=query or None)

    def act(self, path: str, **query: Any) -> httpx.Response:
        """POST without a body."""
        return self.stack.http.post(path, headers=self.bearer, params=query or None)

    def job(self, job_id: str) -> Json:
        """The job as it is now."""
        answer = self.get(f"/api/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        job: Json = answer.json()
        return job

    def ended(self, job_id: str, timeout: float = 60) -> Json:
        """The job once it has ended; its counters then add up."""
        wait_until(lambda: self.job(job_id)["status"] in ENDED, timeout, f"job {job_id} ends")
        job = self.job(job_id)
        outcomes = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")
        assert job["records"]["total"] == sum(job["records"][name] for name in outcomes), job["records"]
        assert job["records"]["pending"] == 0
        return job

    def each_page(self, path: str, **query: Any) -> Iterator[list[Json]]:
        """The pages of a list, one call each, whatever its member is called."""
        while True:
            body = self.get(path, **query).json()
            yield next(value for value in body.values() if isinstance(value, list))
            token = next_page_token(body)
            if not token:
                return
            assert token != query.get("page_token"), f"{path} goes round in circles"
            query["page_token"] = token

    def pages(self, path: str, **query: Any) -> list[list[Json]]:
        """Every page of a list."""
        return list(self.each_page(path, **query))

    def rows(self, table: str) -> list[Json]:
        """The tenant's rows of a table of the inventory."""
        query = sql.SQL("SELECT * FROM inventory.{} WHERE tenant_id = %s").format(sql.Identifier(table))
        return self.stack.database.execute(query, [self.id]).fetchall()

    def count(self, kind: Kind) -> int:
        """How many records of this kind the tenant has in the database."""
        return len(self.rows(kind.table))
