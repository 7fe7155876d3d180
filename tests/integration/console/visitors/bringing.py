"""Files and mappings as browsers bring and change them, as far as HTTP shows it."""

import base64
import re
import uuid
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.integration.console.visitors.site import Person, Site
from tests.integration.service_process import Scanner

TUS = {"Tus-Resumable": "1.0.0"}
STRETCH = {**TUS, "Content-Type": "application/offset+octet-stream"}
RECIPIENTS = (
    "Mã bên nhận;Tên;Vai trò;Quốc gia\nr-1;Công ty Một;Bên xử lý;Việt Nam\nr-2;Công ty Hai;đối tác lạ;Nhật Bản\n"
)
"""A file whose columns have other names than the fields, and a value that nobody knows."""


def announce(person: Person, name: str, size: int, *, modified: str = "1", **headers: str) -> httpx.Response:
    """Begin to bring a file, as the script of the page does."""
    pairs = {"filename": name, "modified": modified}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    said = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata, "Origin": person.url}
    return person.http.post("/uploads", headers={**said, "Accept": "application/json", **headers})


def stretch(person: Person, url: str, data: bytes, offset: int, **headers: str) -> httpx.Response:
    """Go on with it."""
    said = {**STRETCH, "Upload-Offset": str(offset), "Origin": person.url, "Accept": "application/json", **headers}
    return person.http.patch(url, content=data, headers=said)


def offset_of(person: Person, url: str) -> int:
    """How far it is."""
    answer = person.http.head(url, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def brought(person: Person, name: str, data: bytes) -> str:
    """A file that is complete, and its id."""
    begun = announce(person, name, len(data))
    assert begun.status_code == 201, begun.text
    answer = stretch(person, begun.headers["Location"], data, 0)
    assert answer.status_code == 204, answer.text
    return str(begun.headers["Content-Location"]).rpartition("/")[2]


def mapped(scanner: Scanner, file: str, **members: Any) -> str:
    """A mapping of a file of `RECIPIENTS` that somebody has made by hand, and its id."""
    columns = [
        {"index": index, "target": target}
        for index, target in enumerate(("external_id", "name_vi", "recipient_type", "country_code"))
    ]
    body = {"file_id": file, "entity": "recipients", "columns": columns, **members}
    answer = scanner._http.post("/api/v1/mappings", json=body, headers=scanner.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["mapping_id"])


def audited(site: Site, tenant: uuid.UUID) -> list[tuple[str, str]]:
    """What the audit trail has of a tenant: action and actor."""
    with psycopg.connect(site.database_url, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT action, actor FROM ingest.audit WHERE tenant_id = %s ORDER BY seq", [tenant])
        return [(row["action"], row["actor"]) for row in rows]


def fields(page: str, form: str = "editor") -> dict[str, list[str]]:
    """The fields of a form of a page, as a browser would send them."""
    found = re.search(rf'<form id="{form}".*?</form>', page, re.DOTALL)
    assert found
    values: dict[str, list[str]] = {}
    for tag, inner in re.findall(r"(<input[^>]*>|<select[^>]*>)((?:(?!<select|<input).)*)", found[0], re.DOTALL):
        name = re.search(r'name="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            chosen = re.search(r'<option value="([^"]*)" selected', inner)
            value = re.search(r'value="([^"]*)"', tag)
            values.setdefault(name[1], []).append(chosen[1] if chosen else value[1] if value else "")
    return values
