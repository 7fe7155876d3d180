"""The whole description."""

from functools import cache

import msgspec

from libs.contracts.answers import Limits
from libs.contracts.inventory.records import ENTITIES
from services.ingest.files.description import file_paths, file_schemas
from services.ingest.findings.description import finding_paths, finding_schemas
from services.ingest.inventory.description import inventory_paths, inventory_schemas
from services.ingest.mappings.description import mapping_paths, mapping_schemas
from services.ingest.openapi import batches, jobs
from services.ingest.openapi.parts import REF, TEXT, Schema, content, get, ref
from services.ingest.organisation.description import organisation_paths, organisation_schemas
from services.ingest.schedules.description import schedule_paths, schedule_schemas
from services.ingest.statistics.description import statistics_paths, statistics_schemas
from services.ingest.system.description import system_paths, system_schemas


@cache
def description(version: str) -> bytes:
    """The whole document, as JSON."""
    _, schemas = msgspec.json.schema_components(
        [
            *batches.STRUCTS,
            *jobs.STRUCTS,
            *file_schemas(),
            *finding_schemas(),
            *inventory_schemas(),
            *mapping_schemas(),
            *organisation_schemas(),
            *schedule_schemas(),
            *statistics_schemas(),
            *system_schemas(),
            Limits,
        ],
        ref_template=REF,
    )
    for entity in ENTITIES.values():
        batches.require_text(entity, schemas[entity.record.__name__])
    batches.name_legal_codes(schemas["DataCategory"])
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "version": version,
            "description": "Bulk ingest of compliance inventories / Nạp hàng loạt hồ sơ xử lý dữ liệu cá nhân",
        },
        "security": [{"token": []}],
        "paths": {
            **batches.paths(),
            **jobs.paths(),
            **file_paths(),
            **finding_paths(),
            **inventory_paths(),
            **mapping_paths(),
            **organisation_paths(),
            **schedule_paths(),
            **statistics_paths(),
            **system_paths(),
            **_open_paths(),
        },
        "components": {
            "schemas": {**schemas, **batches.bodies()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return msgspec.json.encode(document)


def _open_paths() -> Schema:
    """What needs no token."""
    plain = content(TEXT, media="text/plain")
    open_paths = {
        "/api/v1/limits": get(
            "get_limits", "Every limit that a client can hit", content(ref("Limits")), statuses=(405, 406)
        ),
        "/openapi.json": get("get_openapi", "This description", content({"type": "object"}), statuses=(405,)),
        "/livez": get("livez", "Whether the process runs", plain, statuses=(405,)),
        "/readyz": get("readyz", "Whether the process can take batches", plain, statuses=(405, 503)),
    }
    for path in open_paths.values():
        path["get"] |= {"security": [], "tags": ["operators"]}
    return open_paths
