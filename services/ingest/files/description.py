"""How the API's description tells of files."""

from typing import Any

from libs.contracts.files.file import FilePage, FileView, FormatList
from services.ingest.files.protocols import draft, forms, tus
from services.ingest.openapi.parts import (
    KEY_PATTERN,
    PROBLEMS_OF_ALL,
    TEXT,
    TOKEN_PARAMETER,
    UUID_TEXT,
    Schema,
    content,
    get,
    header,
    needs,
    problems,
    query,
    ref,
)

FILE: Schema = {"name": "file", "in": "path", "required": True, "schema": UUID_TEXT}
PROBLEMS_OF_BODY = (408, 409, 413, 415, 429, 507)
BYTES: Schema = {"type": "string", "format": "binary"}
LENGTH: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}
KEY = header(
    "Idempotency-Key", {"type": "string", "pattern": KEY_PATTERN},
    "Of an upload that tus begins without bytes: repeated with the same key, name and length, it is the same upload.",
)  # fmt: skip
VERSION = header("Tus-Resumable", {"type": "string", "enum": [tus.VERSION]}, "The upload is one of tus.")
OFFSET = header("Upload-Offset", LENGTH, "Where the body belongs; 409 names the right offset.")
SIZE = header("Upload-Length", LENGTH, "Bytes of the whole file; may come later.")
COMPLETE = header(
    "Upload-Complete",
    {"type": "string", "enum": ["?0", "?1"]},
    "Of the IETF draft; `?1`: the file ends here.",
)
CHECKSUM = header("Upload-Checksum", TEXT, "`sha1` or `sha256`, and the digest in base64.")
METADATA = header("Upload-Metadata", TEXT, "`filename`, and the name in base64.")
DISPOSITION = header("Content-Disposition", TEXT, "The name of a file of the draft.")
OVERRIDE = header("X-HTTP-Method-Override", {"type": "string", "enum": ["PATCH", "DELETE"]}, "What is meant.")
HEADERS: Schema = {"Location": {"schema": TEXT}, "Upload-Offset": {"schema": LENGTH}}


def file_schemas() -> list[Any]:
    """What is answered."""
    return [FilePage, FileView, FormatList]


def file_paths() -> Schema:
    """What is answered for files."""
    base, shown = "/api/v1/files", content(ref("FileView"))
    one = f"{base}/{{file}}"
    paths = {
        base: get(
            "list_files", "The tenant's files, newest first", content(ref("FilePage")),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Files a page."),
            TOKEN_PARAMETER, tag="files",
        ),
        "/api/v1/formats": get(
            "list_formats", "The formats of files that are read", content(ref("FormatList")), tag="files"
        ),
        one: get("get_file", "A file; HEAD says how far its upload is", shown, FILE, tag="files"),
        f"{one}/content": get(
            "get_file_content", "The bytes of a file", content(BYTES, media="application/octet-stream"), FILE,
            header("Range", TEXT, "One range of bytes."), header("If-Range", TEXT, "The ETag that the client has."),
            statuses=(*PROBLEMS_OF_ALL, 409, 410, 416), tag="files",
        ),
    }  # fmt: skip
    paths[f"{one}/content"]["get"]["responses"]["206"] = {
        "description": "A range.", "content": content(BYTES, media="application/octet-stream"),
    }  # fmt: skip
    paths[base]["post"] = _post(shown)
    paths[one]["patch"] = patch = _patch(shown)
    paths[one]["post"] = patch | {
        "operationId": "post_to_file",
        "summary": "PATCH or DELETE, for whoever can send neither",
        "parameters": [*patch["parameters"], OVERRIDE],
    }
    paths[one]["delete"] = _operation(
        "delete_file", "Take a file away", [FILE, VERSION], {"204": {"description": "It is gone."}}, 409, 412
    )
    return paths


def _post(shown: Schema) -> Schema:
    form = {"type": "object", "required": [forms.FILE], "properties": {forms.FILE: BYTES}}
    body = {
        **content(form, media=forms.MEDIA_TYPE),
        **content(BYTES, media=tus.MEDIA_TYPE),
        **content(BYTES, media="*/*"),
    }
    return {
        **_operation(
            "post_file", "Bring a file in one request, or begin to",
            [VERSION, SIZE, METADATA, CHECKSUM, COMPLETE, DISPOSITION, KEY],
            {"201": {"description": "It is there, or begun.", "content": shown, "headers": HEADERS}},
            *PROBLEMS_OF_BODY, 412, 460,
        ),
        "requestBody": {"required": False, "content": body},
    }  # fmt: skip


def _patch(shown: Schema) -> Schema:
    body: Schema = {}
    for media in (tus.MEDIA_TYPE, draft.MEDIA_TYPE, draft.PLAIN):
        body |= content(BYTES, media=media)
    return {
        **_operation(
            "patch_file", "Go on with an upload",
            [FILE, VERSION, OFFSET, SIZE, CHECKSUM, COMPLETE],
            {
                "204": {"description": "What came is safe.", "headers": HEADERS},
                "200": {"description": "The file is complete.", "content": shown, "headers": HEADERS},
            },
            *PROBLEMS_OF_BODY, 412, 460,
        ),
        "requestBody": {"required": False, "content": body},
    }  # fmt: skip


def _operation(name: str, summary: str, parameters: list[Schema], answers: Schema, *refused: int) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["files"],
        "security": needs("ingest:write"),
        "parameters": parameters,
        "responses": {**answers, **problems(*PROBLEMS_OF_ALL, *refused)},
    }
