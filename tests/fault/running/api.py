"""The running system as its scanners reach it: over HTTP, with a token of a tenant, and with little patience."""

import json
import time
import uuid
from typing import Any

import httpx
import jwt

from tests.fault.checking.history import Answer
from tests.fault.running.scanners.workload import Batch
from tests.system.samples import Json

SCOPES = "ingest:write jobs:read jobs:write"
PATIENCE = httpx.Timeout(8.0, connect=2.0)


class Api:
    """One base URL; may be used by several threads."""

    def __init__(self, url: str, secret: bytes) -> None:
        self._secret = secret
        self._http = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def bearer(self, tenant: uuid.UUID) -> dict[str, str]:
        """The header of a scanner of this tenant."""
        now = int(time.time())
        claims = {
            "iss": "sluice", "aud": "sluice", "sub": "scanner", "tenant": str(tenant),
            "iat": now, "exp": now + 86_400, "scope": SCOPES,
        }  # fmt: skip
        return {"Authorization": "Bearer " + jwt.encode(claims, self._secret, algorithm="HS256")}

    def get(self, tenant: uuid.UUID, path: str, **options: Any) -> httpx.Response:
        """GET with the tenant's token."""
        headers = {**self.bearer(tenant), **options.pop("headers", {})}
        return self._http.get(path, headers=headers, **options)

    def act(self, tenant: uuid.UUID, path: str) -> httpx.Response:
        """POST without a body."""
        return self._http.post(path, headers=self.bearer(tenant))

    def ask(self, tenant: uuid.UUID, method: str, path: str, **request: Any) -> httpx.Response:
        """Any request with the tenant's token."""
        headers = {**self.bearer(tenant), **request.pop("headers", {})}
        return self._http.request(method, path, headers=headers, **request)

    def send(self, path: str, body: bytes, headers: dict[str, str], **query: str) -> httpx.Response:
        """POST this body."""
        return self._http.post(path, content=body, headers=headers, params=query)

    def post(self, batch: Batch, request_id: str) -> httpx.Response:
        """Post a batch once. Raises httpx.HTTPError where no whole answer comes."""
        path = f"/api/v1/tenants/{batch.tenant}/batch/{batch.kind.name}"
        headers = {**self.bearer(batch.tenant), "Content-Type": "application/json", "X-Request-ID": request_id}
        if batch.key:
            headers["Idempotency-Key"] = batch.key
        if batch.wait_s:
            headers["Prefer"] = f"wait={batch.wait_s}"
        body = json.dumps({batch.kind.member: [item.body for item in batch.items]}).encode()
        path = path if batch.wait_s else f"{path}/async"
        dry_run = str(batch.dry_run).lower()
        return self.send(
            path, body, headers, mode=batch.mode, on_error=batch.on_error, lane=batch.lane, dry_run=dry_run
        )


def read_answer(batch: Batch, response: httpx.Response) -> Answer:
    """What an answer says of its batch."""
    body: Json = response.json()
    return Answer(
        batch.name,
        response.status_code,
        job=body.get("job_id", ""),
        ids=tuple(body.get(batch.kind.ids_member, ())),
        counts={name.removeprefix("total_"): count for name, count in body.items() if name.startswith("total_")},
        code=body.get("code", ""),
    )
