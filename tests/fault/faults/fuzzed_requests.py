"""Bad requests out of good ones, as bytes for a plain socket: no HTTP library would send them."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fault.faults.fuzzed_bodies import body_of, spoilt
from tests.system.raw import chunked
from tests.system.samples import KINDS

METHODS = (
    "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post", "BREW", "P\0ST", "X" * 100, "",
)  # fmt: skip
PATHS = (
    "/", "*", "", "//", "/livez", "/readyz", "/openapi.json", "/api/v1/jobs", "/api/v1/jobs/x",
    "/api/v1/jobs/{tenant}/cancel", "/api/v1/jobs/{tenant}/retry?strategy=all", "/api/v1/jobs/{tenant}/rejects",
    "/api/v1/jobs/00000000-0000-0000-0000-000000000000", "/api/v1/tenants/{tenant}/batch/",
    "/api/v1/tenants/{tenant}/batch/recipients/", "/api/v1/tenants/{tenant}/batch/people",
    "/api/v1/tenants//batch/recipients", "/api/v1/tenants/x/batch/recipients",
    "/api/v1/tenants/{tenant}/../batch/recipients", "/api/v1/tenants/%7b{tenant}%7d/batch/recipients",
    "/api/v1/tenants/{tenant}/batch/recipients%00", "/%ff%fe", "/%", "/\xff",
    "/api/v1/tenants/{tenant}/batch/recipients/async/async", "http://[::1/", "http://elsewhere/api/v1/jobs",
    "/" + "a" * 5_000,
)  # fmt: skip
QUERIES = (
    "mode=upsert", "mode=ignore", "on_error=abort", "lane=high", "lane=low", "dry_run=true", "mode=",
    "mode=insert&mode=upsert", "mode=INSERT", "dry_run=1", "dry_run", "dry-run=true", "lane=%ff", "mode=%00", "&&&",
    "=", "%", "mode[]=x", "a=1&" * 500, "mode=insert;lane=high", "?mode=insert", "#x", "mode=insert%26lane=high",
    "x" * 3_000,
)  # fmt: skip
FIELDS: dict[str, tuple[bytes, ...]] = {
    "Content-Type": (
        b"", b"application/x-ndjson", b"application/json; charset=utf-16", b"application/json;;;", b"text/plain",
        b"json", b"APPLICATION/JSON", b"multipart/form-data; boundary=x", b'application/json; charset="', b"\xff",
    ),
    "Content-Encoding": (
        b"", b"identity", b"gzip", b"zstd", b"br", b"gzip, gzip", b"GZIP", b"deflate", b"x" * 1_000, b"\xc3\xa9",
    ),
    "Prefer": (
        b"wait=0", b"wait=1", b"wait=999999", b"wait=99999999999", b"respond-async", b"wait=-1", b'wait="2"', b",,,",
        b"\xe9",
    ),
    "Idempotency-Key": (
        b"k", b"", b" ", b"a" * 255, b"a" * 256, b"a\x01", b"\xc3\xa9", b"{}", b"k\r\nIdempotency-Key: l",
    ),
    "Accept": (b"", b"*/*", b"text/html", b"application/json;q=0", b"application/json;q=x", b";;;", b"," * 200, b"*"),
    "Accept-Language": (b"vi", b"", b"*" * 500, b"\xff"),
    "Authorization": (
        b"", b"Bearer", b"Bearer x", b"Bearer a.b.c", b"Basic eDp4", b"Bearer " + b"a" * 9_000, b"\xff",
    ),
    "X-Request-ID": (b"", b"a" * 5_000, b"a b", b"\x00", b"\xff", b"<script>"),
    "traceparent": (b"", b"00-0-0-0", b"00-" + b"f" * 32 + b"-" + b"0" * 16 + b"-01", b"\xff"),
    "Expect": (b"100-continue", b"100-continue, x", b"x"),
    "Connection": (b"upgrade", b"keep-alive", b"\x00"),
    "Host": (b"", b"a:b:c", b"[::1", b"\xff"),
    "If-None-Match": (b"*", b'"', b"W/"),
}  # fmt: skip
LENGTHS = (b"0", b"-1", b"+5", b"", b"5, 5", b"0x10", b"1" + b"0" * 30, b"many", b"1_0", b" 7 ", b"\xb2")
TRANSFERS = (
    b"chunked", b"Chunked", b"gzip, chunked", b"chunked, chunked", b"chunked, gzip", b"identity", b"x", b"",
    b"\vchunked",
)  # fmt: skip
SIZES = (b"-1", b"+5", b"0x5", b"zz", b"", b"f" * 40, b"5;a=b", b"5;" + b"x" * 9_000, b"5 5", b"\xff")


@dataclass
class Draft:
    """A request in its parts; a good one to begin with."""

    tenant: str
    bearer: str
    kind: str
    body: bytes
    method: str = "POST"
    path: str = ""
    query: str = ""
    fields: list[tuple[str, bytes]] = field(default_factory=list)
    framed: bytes = b""
    """The body as it goes over the wire, where its own bytes are not what is sent."""

    def __post_init__(self) -> None:
        self.path = f"/api/v1/tenants/{self.tenant}/batch/{self.kind}"
        bearer = ("Authorization", self.bearer.encode())
        self.fields = [("Host", b"test"), ("Connection", b"close"), bearer, ("Content-Type", b"application/json")]

    def put(self, name: str, *values: bytes) -> None:
        """Have a field with these values, each on a line, and no others."""
        self.fields = [*(known for known in self.fields if known[0] != name), *((name, value) for value in values)]

    def encoded(self) -> bytes:
        """The bytes of it."""
        if not {"Content-Length", "Transfer-Encoding"} & {name for name, _ in self.fields}:
            self.put("Content-Length", b"%d" % len(self.body))
        target = f"{self.path}?{self.query}" if self.query else self.path
        head = f"{self.method} {target} HTTP/1.1".encode("latin-1")
        lines = [head, *(b"%s: %s" % (name.encode(), value) for name, value in self.fields), b"", b""]
        return b"\r\n".join(lines) + (self.framed or self.body)


@dataclass(frozen=True)
class Request:
    """A request as it is sent."""

    noise: str
    """What is wrong with it."""
    data: bytes

    @property
    def dry(self) -> bool:
        """Whether it may have been taken for a dry run, which leaves no job."""
        return b"dry_run" in self.data


def request_of(seed: str, number: int, tenant: str, bearer: str) -> Request:
    """The request with this number."""
    chance = random.Random(f"{seed}/{number}/request")
    kind = chance.choice(KINDS)
    records = [kind.full(external_id=f"scan-{number}-{place}") for place in range(chance.choice((1, 2, 5)))]
    draft = Draft(tenant, bearer, kind.name, json.dumps({kind.member: records}).encode())
    if chance.random() < 0.4:
        draft.path += "/async"
    noise = chance.choice(list(NOISES))
    NOISES[noise](chance, draft, f"{seed}/{number}")
    data = draft.encoded()
    if noise == "bytes":
        head, gap, rest = data.partition(b"\r\n\r\n")
        data = spoilt(chance, head) + gap + rest
    return Request(noise, data)


def _none(chance: random.Random, draft: Draft, seed: str) -> None:
    """A good request among the bad ones."""


def _body(chance: random.Random, draft: Draft, seed: str) -> None:
    drawn = body_of(seed, 0)
    draft.path = draft.path.replace(draft.kind, drawn.kind.name)
    draft.body = drawn.data
    draft.put("Content-Type", b"application/x-ndjson" if drawn.lines else b"application/json")
    if drawn.encoding:
        draft.put("Content-Encoding", drawn.encoding.encode())


def _field(chance: random.Random, draft: Draft, seed: str) -> None:
    for name in chance.sample(list(FIELDS), chance.choice((1, 1, 2, 4))):
        draft.put(name, *chance.choices(FIELDS[name], k=chance.choice((1, 1, 1, 2))))


def _query(chance: random.Random, draft: Draft, seed: str) -> None:
    draft.query = "&".join(chance.sample(QUERIES, chance.choice((1, 1, 2))))


def _target(chance: random.Random, draft: Draft, seed: str) -> None:
    if chance.random() < 0.7:
        draft.path = chance.choice(PATHS).replace("{tenant}", draft.tenant)
    if chance.random() < 0.6:
        draft.method = chance.choice(METHODS)


def _length(chance: random.Random, draft: Draft, seed: str) -> None:
    """The length is another one than it says."""
    size = len(draft.body)
    lies = (b"%d" % (size - 1), b"%d" % (size + 1), b"%d" % (size + 100_000), b"%d" % (size // 2), *LENGTHS)
    draft.put("Content-Length", *chance.choices(lies, k=chance.choice((1, 1, 2))))


def _chunks(chance: random.Random, draft: Draft, seed: str) -> None:
    """A body in chunks, and something wrong with them, or with what is said of them."""
    draft.put("Transfer-Encoding", b"chunked")
    draft.framed = chunked(draft.body, chance.choice((1, 7, 1_000)))
    for _ in range(chance.choice((1, 1, 3))):
        match chance.randrange(4):
            case 0:
                draft.put("Transfer-Encoding", *chance.choices(TRANSFERS, k=chance.choice((1, 1, 2))))
            case 1:
                draft.put("Content-Length", b"%d" % chance.choice((0, 5, len(draft.body), len(draft.framed))))
            case 2:
                size, gap, rest = draft.framed.partition(b"\r\n")
                draft.framed = chance.choice((*SIZES, size)) + chance.choice((gap, b"\n", b"\r", b"")) + rest
            case _:
                draft.framed = spoilt(chance, draft.framed)


NOISES: dict[str, Callable[[random.Random, Draft, str], None]] = {
    "nothing": _none, "body": _body, "field": _field, "query": _query, "target": _target, "length": _length,
    "chunks": _chunks, "bytes": _none,
}  # fmt: skip
