"""/api/v1/mappings over HTTP: made, shown, changed by those who have seen the newest version, tried, approved."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.database.server.pool import open_pool
from libs.files.storage import open_storage
from libs.steering.looking import MOST_BYTES
from libs.uploads.files import FileStore
from tests.integration.service_process import Ingest, Scanner, running_ingest
from tests.root import ROOT
from tests.servers import cloned_database
from tests.signing import bearer

MADE = ROOT / "tests" / "samples" / "files" / "made"
MAPPINGS = "/api/v1/mappings"
CSV = "Mã;Tên;Loại;Nước\nr1;Công ty A;Bên xử lý;Mỹ\nr2;;lạ;\nr3;x\n".encode()
JOIN = {"op": "join", "columns": [9]}
ENDLESS = {"op": "join", "separator": "s" * 500_000, "columns": [0] * 2_000}
TWICE = {"op": "date", "formats": ["%Y%Y%m%d"]}
COLUMNS = [
    {"index": 0, "target": "external_id"},
    {"index": 1, "target": "name_vi"},
    {"index": 2, "target": "recipient_type"},
    {"index": 3, "target": "country_code"},
]


class Desk(Scanner):
    """A tenant with files and mappings."""

    def __init__(self, ingest: Ingest, files: FileStore) -> None:
        super().__init__(ingest)
        self.ingest = ingest
        self._files = files

    def file(self, content: bytes = CSV, name: str = "a.csv") -> str:
        return str(self._files.keep(self.tenant, name, "thu", [content]).file_id)

    def make(self, **body: Any) -> httpx.Response:
        body = {"file_id": self.file(), "entity": "recipients", "columns": COLUMNS, **body}
        return self._http.post(MAPPINGS, json=body, headers=self.headers)

    def made(self, **body: Any) -> dict[str, Any]:
        answer = self.make(**body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == answer.json()["links"]["self"]
        shown: dict[str, Any] = answer.json()
        return shown

    def patch(self, mapping: dict[str, Any], body: Any, etag: str | None = '"1"') -> httpx.Response:
        headers = self.headers | ({} if etag is None else {"If-Match": etag})
        return self._http.patch(mapping["links"]["self"], json=body, headers=headers)

    def approve(self, mapping: dict[str, Any], **headers: str) -> httpx.Response:
        return self._http.post(mapping["links"]["approve"], headers={**self.headers, **headers})

    def preview(self, mapping: dict[str, Any], query: str = "") -> httpx.Response:
        return self.get(mapping["links"]["preview"] + query)


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture(scope="module")
def place(
    url: str, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ingest, FileStore]]:
    folder = tmp_path_factory.mktemp("mappings")
    files_url = (folder / "files").as_uri()
    with (
        open_pool(url, "sluice_tasks", name="t", size=2, statement_timeout_s=15, timeout_s=5) as pool,
        running_ingest(
            folder, redis_url=valkey.url, database_url=url, namespace="mappings", files_url=files_url
        ) as ingest,
    ):
        yield ingest, FileStore(pool, open_storage(files_url))
        assert '"unexpected_error"' not in ingest.log


@pytest.fixture
def desk(place: tuple[Ingest, FileStore]) -> Desk:
    return Desk(*place)


def is_problem(answer: httpx.Response, status: int, code: str, pointer: str | None = None) -> bool:
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("pointer")) == (status, code, pointer), answer.text
    assert body["detail"] != body["detail_vi"]
    return True


def test_from_a_file_to_an_approved_mapping(desk: Desk, url: str) -> None:
    made = desk.made()
    assert (made["version"], made["status"], made["unmapped"]) == (1, "proposed", [])
    assert made["source"]["delimiter"] == ";"
    assert [column["target"] for column in made["columns"]] == [column["target"] for column in COLUMNS]
    assert made["columns"][2]["operations"][1]["map"]["ben xu ly"] == "processor"
    assert made["columns"][0]["reason"] == "Somebody has set it"
    approved = desk.approve(made, **{"If-Match": '"1"'})
    assert (approved.status_code, approved.json()["status"], approved.headers["ETag"]) == (200, "approved", '"2"')
    assert desk.approve(made).json() == approved.json() == desk.get(made["links"]["self"]).json()
    assert desk.get(made["links"]["self"] + "?version=1").json()["status"] == "proposed"
    with psycopg.connect(url) as sql:
        rows = sql.execute("SELECT action, counts FROM ingest.audit WHERE tenant_id = %s ORDER BY seq", [desk.tenant])
        assert rows.fetchall() == [("mapping.add", {"columns": 4}), ("mapping.approve", {"columns": 4})]


def test_a_preview_shows_rows_before_and_after_with_all_that_is_wrong(desk: Desk) -> None:
    shown = desk.preview(desk.made()).json()
    assert shown["header"] == ["Mã", "Tên", "Loại", "Nước"]
    first, second, third = shown["rows"]
    assert (first["row"], first["cells"], first["errors"]) == (2, ["r1", "Công ty A", "Bên xử lý", "Mỹ"], [])
    assert first["record"] == {
        "external_id": "r1", "name_vi": "Công ty A", "recipient_type": "processor", "country_code": "US",
    }  # fmt: skip
    assert [(error["code"], error["pointer"], error["column"]) for error in second["errors"]] == [
        ("REQUIRED", "/name_vi", "Tên"), ("UNKNOWN_VALUE", "/recipient_type", "Loại"),
    ]  # fmt: skip
    assert (third["record"], third["errors"][0]["code"]) == (None, "ROW_TOO_SHORT")
    assert all(error["error"] != error["error_vi"] for row in shown["rows"] for error in row["errors"])
    assert len(desk.preview(desk.made(), "?rows=1").json()["rows"]) == 1


def test_a_preview_is_bounded(desk: Desk) -> None:
    made = desk.made()
    assert is_problem(desk.preview(made, "?rows=101"), 400, "BAD_PARAMETER")
    wide = b"a,b\n" + b"x" * 1_000_000 + b",y\n"
    long = desk.made(file_id=desk.file(wide * 3), columns=[{"index": 0, "target": "name_vi"}])
    assert [len(row["cells"][0]) for row in desk.preview(long).json()["rows"]] == [500, 1, 500, 1, 500]
    far = desk.file(b"a,b\n" + b"\n" * MOST_BYTES + b"x,y\n")  # which takes its time, too, on a slow machine
    assert is_problem(desk.make(file_id=far, columns=[]), 422, "PREVIEW_TOO_LONG")


def test_a_change_is_the_next_version_and_needs_the_newest(desk: Desk) -> None:
    made = desk.made()
    assert is_problem(desk.patch(made, {}, None), 428, "VERSION_REQUIRED")
    change = {"columns": [{"index": 3, "target": None}], "constants": {"country_code": "VN"}}
    changed = desk.patch(made, change)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.json()["columns"][3]["target"], changed.json()["constants"]) == (None, {"country_code": "VN"})
    stale = desk.patch(made, change)
    assert is_problem(stale, 412, "MAPPING_CHANGED")
    assert stale.headers["ETag"] == '"2"'
    assert is_problem(desk.approve(made, **{"If-Match": '"1"'}), 412, "MAPPING_CHANGED")
    assert desk.approve(made).json()["version"] == 3
    again = desk.patch(made, {"columns": [{"index": 3, "target": "contact"}]}, '"1", "3"').json()
    assert (again["version"], again["status"]) == (4, "proposed")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"colums": []}, "/colums"),
        ({"columns": [{"index": 0, "targets": "x"}]}, "/columns/0/targets"),
        ({"columns": [{"target": "x"}]}, "/columns/0/index"),
        ({"columns": [{"index": "0"}]}, "/columns/0/index"),
        ({"columns": [{"index": 4, "target": "name_vi"}]}, "/columns/0/index"),
        ({"columns": [{"index": -1}]}, "/columns/0/index"),
        ({"columns": [{"index": 0}, {"index": 0}]}, "/columns/1/index"),
        ({"columns": [{"index": 3, "target": "no_field"}]}, "/columns/3/target"),
        ({"columns": [{"index": 3, "target": "name_vi"}]}, "/columns/3/target"),
        ({"columns": [{"index": 3, "operations": [{"op": "explode"}]}]}, "/columns/0/operations/0/op"),
        ({"columns": [{"index": 3, "operations": [{"op": "trim", "x": 1}]}]}, "/columns/0/operations/0/x"),
        ({"columns": [{"index": 3, "operations": [JOIN]}]}, "/columns/3/operations/0/columns/0"),
        ({"constants": {"recipient_type": "friend"}}, "/constants/recipient_type"),
        ({"constants": {"name_vi": "a\0b"}}, "/constants/name_vi"),
        ({"constants": {"a\0b": "x"}}, "/constants/a\ufffdb"),
        ({"source": {"delimiter": "ab"}}, "/source/delimiter"),
        ({"source": {"encoding": "no-such"}}, "/source/encoding"),
        ({"source": {"header_row": 0}}, "/source/header_row"),
        ({"source": {"lines": 1}}, "/source/lines"),
        ({"source": {"encoding": "idna"}}, "/source/encoding"),
        ({"columns": [{"index": 3, "operations": [ENDLESS]}]}, "/columns/3/operations/0/separator"),
        ({"columns": [{"index": 3, "operations": [TWICE]}]}, "/columns/3/operations/0/formats/0"),
        ([], ""),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_pointer(desk: Desk, body: Any, pointer: str) -> None:
    made = desk.made()
    assert is_problem(desk.patch(made, body), 422, "MAPPING_INVALID", pointer)
    assert desk.get(made["links"]["self"]).json() == made


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_what_is_no_json_of_a_sensible_size_is_refused(desk: Desk) -> None:
    link, headers = desk.made()["links"]["self"], desk.headers | {"If-Match": "*"}
    for body, kind, status, code in (
        (b"{", "application/json", 400, "MALFORMED_BODY"),
        (b'{"constants":{"a":' + b"[" * 10_000, "application/json", 400, "MALFORMED_BODY"),
        (b'{"constants":{"a":%s}}' % nested(600), "application/json", 400, "MALFORMED_BODY"),
        (
            b'{"columns":[{"index":3,"operations":[{"op":"trim","value":%s}]}]}' % nested(600),
            "application/json",
            400,
            "MALFORMED_BODY",
        ),
        (b'{"constants":{"a":"\xff"}}', "application/json", 400, "MALFORMED_BODY"),
        (b"{}", "text/csv", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * (4 * 1024 * 1024 + 1), "application/json", 413, "BODY_TOO_LARGE"),
    ):
        answer = desk.ingest.http.patch(link, content=body, headers=headers | {"Content-Type": kind})
        assert is_problem(answer, status, code)


def test_a_mapping_that_gives_not_what_is_required_is_not_approved(desk: Desk) -> None:
    made = desk.made(columns=COLUMNS[:1])
    assert made["unmapped"] == ["name_vi", "recipient_type"]
    refused = desk.approve(made)
    assert is_problem(refused, 422, "MAPPING_INCOMPLETE")
    assert refused.json()["missing"] == ["name_vi", "recipient_type"]
    changed = desk.patch(made, {"columns": COLUMNS[1:2], "constants": {"recipient_type": "processor"}}).json()
    assert changed["unmapped"] == []
    assert desk.approve(made).status_code == 200


def test_columns_of_another_file(desk: Desk) -> None:
    reference = desk.file("Tên,Tên,Mã\na,b,c\n".encode())
    made = desk.made(entity=None, reference_file_id=reference, columns=[])
    assert (made["targets"], made["reference_file_id"]) == (["Tên", "Tên (2)", "Mã"], reference)
    assert is_problem(desk.approve(made), 422, "MAPPING_INCOMPLETE")
    desk.patch(made, {"columns": [{"index": 1, "target": "Tên (2)"}]})
    assert [row["record"] for row in desk.preview(made).json()["rows"]] == [{"Tên (2)": "Công ty A"}, {}, None]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"entity": None}, 422, "MAPPING_INVALID", "/entity"),
        ({"entity": "dreams"}, 422, "MAPPING_INVALID", "/entity"),
        ({"reference_file_id": str(uuid.uuid4())}, 422, "MAPPING_INVALID", "/entity"),
        ({"file_id": str(uuid.uuid4())}, 404, "FILE_NOT_FOUND", None),
        ({"file_id": "x"}, 422, "MAPPING_INVALID", "/file_id"),
    ],
)
def test_what_cannot_be_made(desk: Desk, body: dict[str, Any], status: int, code: str, pointer: str | None) -> None:
    assert is_problem(desk.make(**body), status, code, pointer)


@pytest.mark.parametrize(
    "member",
    [
        {"header_row": 0}, {"format": "x"}, {"format": "x" * 100_000}, {"sheet": "x" * 100_000}, {"encoding": "idna"},
        {"encoding": "utf-7"}, {"delimiter": "ab"},
    ],
)  # fmt: skip
def test_how_a_file_is_read_is_looked_at_as_it_was_sent(desk: Desk, member: dict[str, Any]) -> None:
    """What its format does not take is not kept, and is refused all the same."""
    (name,) = member
    assert is_problem(desk.make(source=member), 422, "MAPPING_INVALID", f"/source/{name}")


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b\n1,\ud800\n "])
def test_a_file_in_utf_16_that_was_cut_has_a_row_that_is_no_text(desk: Desk, text: str) -> None:
    cut = desk.file(b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")[:-1])
    made = desk.made(file_id=cut, columns=[{"index": 0, "target": "name_vi"}])
    rows = desk.preview(made).json()["rows"]
    assert rows[0]["errors"][0]["code"] == "ENCODING"


@pytest.mark.parametrize("encoding", ["tcvn3", "vni"])
def test_a_line_that_is_too_long_in_an_old_encoding_costs_itself(desk: Desk, encoding: str) -> None:
    long = desk.file(b"a,b\n" + b"x" * (9 * 1024 * 1024) + b",y\n1,2\n")
    made = desk.made(file_id=long, columns=[{"index": 0, "target": "name_vi"}], source={"encoding": encoding})
    rows = desk.preview(made).json()["rows"]
    assert rows[0]["errors"][0]["code"] == "RECORD_TOO_LONG"


def test_a_file_that_cannot_be_read_is_named(desk: Desk) -> None:
    assert is_problem(desk.make(file_id=desk.file(b"")), 422, "FILE_EMPTY")
    assert is_problem(desk.make(file_id=desk.file(b"a,b\n")), 422, "FILE_HEADER_ONLY")
    assert is_problem(desk.make(file_id=desk.file(b"PK\x03\x04" + bytes(100), "a.xlsx")), 422, "FILE_DAMAGED")
    made = desk.made()
    assert desk.patch(made, {"source": {"delimiter": "|"}}).status_code == 200
    assert is_problem(desk.preview(made), 422, "MAPPING_OTHER_COLUMNS")


def test_another_tenants_mapping_is_not_there(desk: Desk, place: tuple[Ingest, FileStore]) -> None:
    made, other = desk.made(), Desk(*place)
    assert is_problem(other.get(made["links"]["self"]), 404, "MAPPING_NOT_FOUND")
    assert is_problem(other.patch(made, {}), 404, "MAPPING_NOT_FOUND")
    assert is_problem(other.preview(made), 404, "MAPPING_NOT_FOUND")
    assert is_problem(other.approve(made), 404, "MAPPING_NOT_FOUND")
    assert is_problem(other.make(file_id=made["file_id"]), 404, "FILE_NOT_FOUND")
    assert other.get(MAPPINGS).json() == {"mappings": [], "next_page_token": None}
    assert is_problem(desk.get(f"{MAPPINGS}/nonsense"), 404, "MAPPING_NOT_FOUND")


def test_who_may_read_may_not_change(desk: Desk) -> None:
    made = desk.made()
    desk.headers = {"Authorization": bearer(desk.tenant, scope="jobs:read")}
    assert desk.get(made["links"]["self"]).status_code == 200
    assert is_problem(desk.patch(made, {}), 403, "WRONG_SCOPE")
    assert is_problem(desk.approve(made), 403, "WRONG_SCOPE")
    assert is_problem(desk.make(), 403, "WRONG_SCOPE")


def test_pages_are_whole_newest_first_and_filtered(desk: Desk) -> None:
    made = [desk.made()["mapping_id"] for _ in range(3)]
    desk.approve(desk.made(entity="recipients"))
    found, token = [], ""
    while token is not None:
        page = desk.get(f"{MAPPINGS}?limit=2&status=proposed" + (f"&page_token={token}" if token else "")).json()
        found += [each["mapping_id"] for each in page["mappings"]]
        token = page["next_page_token"]
    assert found == made[::-1]
    assert desk.get(f"{MAPPINGS}?entity=data-transfers").json()["mappings"] == []
    assert [each["version"] for each in desk.get(f"{MAPPINGS}?status=approved").json()["mappings"]] == [2]
    assert is_problem(desk.get(f"{MAPPINGS}?page_token=zzz"), 400, "BAD_PARAMETER")
