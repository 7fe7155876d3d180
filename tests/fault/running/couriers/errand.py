"""One file on its way: brought, loaded, watched to its end, fetched back; a request at a time.

Whatever comes back is written down before the next request. What was not answered is asked again, under the same key
where it has one; an upload first asks how much of it has arrived.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.fault.checking.files.file_history import Told
from tests.fault.checking.history import Log
from tests.fault.running.api import Api
from tests.fault.running.couriers.files import File
from tests.system.samples import RECIPIENT, Json

FILES, LOADS = "/api/v1/files", "/api/v1/jobs/load"
TUS = {"Tus-Resumable": "1.0.0"}
ENDED = ("completed", "failed", "cancelled")


class CutError(Exception):
    """The sender of a body has broken off."""


class Errand:
    """Has one file loaded. For one thread at a time."""

    def __init__(self, file: File, key: str, log: Log) -> None:
        self.file = file
        self._key = key
        self._log = log
        self._next: Callable[[Api], None] = self._load if file.by_form else self._create
        self._sent = 0
        self._offset = 0
        self._file_id = ""
        self._looks = 0
        self._cancels = file.cancel_after is not None
        self.job = ""
        self.done = False

    @property
    def path(self) -> str:
        """Where the file is."""
        return f"{FILES}/{self._file_id}"

    @property
    def job_path(self) -> str:
        """Where its load is."""
        return f"/api/v1/jobs/{self.job}"

    def step(self, api: Api) -> bool:
        """Send the next request; whether it was answered."""
        try:
            self._next(api)
        except (httpx.HTTPError, CutError):
            return False
        return True

    def _ask(self, api: Api, call: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request, and write down what it comes to. Raises httpx.HTTPError, CutError."""
        try:
            answer = api.ask(self.file.tenant, method, path, **request)
        except (httpx.HTTPError, CutError):
            self._log.append(Told(self.file.name, call, 0, file_id=self._file_id))
            raise
        self._log.append(told(self.file.name, call, answer, self._file_id))
        return answer

    # The file comes.

    def _create(self, api: Api) -> None:
        name = base64.b64encode(f"{self.file.name}.csv".encode()).decode()
        announced = {"Upload-Length": str(len(self.file.content)), "Upload-Metadata": f"filename {name}"}
        answer = self._ask(api, "create", "POST", FILES, headers={**TUS, **announced, "Idempotency-Key": self._key})
        if answer.status_code == 201:
            self._file_id = answer.headers["Location"].rpartition("/")[2]
            self._next = self._look if int(answer.headers["Upload-Offset"]) else self._send

    def _send(self, api: Api) -> None:
        """The next piece, or the first half of it."""
        content, number = self.file.content, self._sent
        self._sent, self._next = number + 1, self._look
        piece = content[self._offset :][: -(-len(content) // self.file.pieces)]
        headers = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(self._offset)}
        if number in self.file.cuts:
            headers["Content-Length"] = str(len(piece))
            self._ask(api, "send", "PATCH", self.path, headers=headers, content=_half(piece))
        answer = self._ask(api, "send", "PATCH", self.path, headers=headers, content=piece)
        if answer.status_code == 204:
            self._go_on(int(answer.headers["Upload-Offset"]))

    def _look(self, api: Api) -> None:
        """Ask how much has arrived."""
        answer = self._ask(api, "look", "HEAD", self.path, headers=TUS)
        if answer.status_code == 200:
            self._go_on(int(answer.headers["Upload-Offset"]))

    def _go_on(self, offset: int) -> None:
        self._offset = offset
        self._next = self._whole if offset == len(self.file.content) else self._send

    def _whole(self, api: Api) -> None:
        """See that the file is complete; who brought its last byte may have died before it was."""
        answer = self._ask(api, "whole", "GET", self.path)
        if answer.status_code == 200:
            self._next = self._load if answer.json()["state"] == "complete" else self._send

    # It is loaded.

    def _load(self, api: Api) -> None:
        file = self.file
        parameters = {"entity": RECIPIENT.name, "lane": file.lane, "dry_run": file.dry_run}
        body: Json = {"json": {**parameters, "file_id": self._file_id}}
        if file.by_form:
            fields = {**parameters, "dry_run": str(file.dry_run).lower()}
            body = {"data": fields, "files": {"file": (f"{file.name}.csv", file.content, "text/csv")}}
        answer = self._ask(api, "load", "POST", LOADS, headers={"Idempotency-Key": self._key}, **body)
        if answer.status_code == 202:
            load: Json = answer.json()
            self.job, self._file_id = load["id"], load["parameters"]["file_id"]
            self._next = self._watch

    def _watch(self, api: Api) -> None:
        if self._cancels and self._looks == self.file.cancel_after:
            self._cancels, self._next = False, self._cancel
            return
        self._looks += 1
        answer = self._ask(api, "watch", "GET", self.job_path)
        if answer.status_code == 200 and (status := answer.json()["status"]) in ENDED:
            self._end(status)

    def _end(self, status: str) -> None:
        """A load that failed is asked for again, as somebody would who sees that a store was away."""
        if status == "failed" or (status == "cancelled" and self.file.retry):
            self._next = self._retry
        elif status == "cancelled" or self.file.dry_run:  # a dry run has rejects for a while only
            self.done = True
        else:
            self._next = self._content

    def _cancel(self, api: Api) -> None:
        self._next = self._watch
        self._ask(api, "cancel", "POST", f"{self.job_path}/cancel")

    def _retry(self, api: Api) -> None:
        self._next = self._watch
        self._ask(api, "retry", "POST", f"{self.job_path}/retry")

    # And fetched back.

    def _content(self, api: Api) -> None:
        if self._ask(api, "content", "GET", f"{self.path}/content").status_code == 200:
            self._next = self._rejects

    def _rejects(self, api: Api) -> None:
        answer = self._ask(api, "rejects", "GET", f"{self.job_path}/rejects", headers={"Accept": "text/csv, */*"})
        self.done = answer.status_code == 200


def _half(piece: bytes) -> Iterator[bytes]:
    yield piece[: len(piece) // 2]
    raise CutError


def told(file: str, call: str, answer: httpx.Response, file_id: str) -> Told:
    """What an answer says of its file."""
    offset = answer.headers.get("Upload-Offset")
    said = {"offset": int(offset) if offset and answer.status_code < 500 else None, "file_id": file_id}
    if call in ("content", "rejects") and answer.status_code == 200:
        return Told(file, call, 200, **said, sha256=hashlib.sha256(answer.content).hexdigest())
    body: Json = answer.json() if "json" in answer.headers.get("Content-Type", "") and answer.content else {}
    if answer.is_success and call in ("create", "whole"):
        said["file_id"] = body["id"]
    return Told(
        file, call, answer.status_code, code=body.get("code", ""), **said,
        sha256=(body.get("sha256") or "") if call == "whole" else "",
        job=body["id"] if answer.is_success and call == "load" else "",
    )  # fmt: skip
