"""Files brought to the running system, and loaded."""

import json
from typing import Any

import httpx

from tests.system.api import Tenant
from tests.system.samples import Json

HEADER = "external_id,name_vi,recipient_type"


def csv_of(count: int, kind: str = "processor") -> bytes:
    """A file of so many good recipients."""
    return "\n".join([HEADER, *(f"r-{n},Ngân hàng {n},{kind}" for n in range(count)), ""]).encode()


def asked(tenant: Tenant, data: bytes, name: str = "rows.csv", **parameters: Any) -> httpx.Response:
    """Post a file with the parameters of its load beside it."""
    fields = {
        each: (None, json.dumps(value) if isinstance(value, bool) else value) for each, value in parameters.items()
    }
    form = {"entity": (None, "recipients"), **fields, "file": (name, data, "text/csv")}
    return tenant.stack.http.post("/api/v1/jobs/load", files=form, headers=tenant.bearer)


def opened(tenant: Tenant, data: bytes, name: str = "rows.csv", **parameters: Any) -> str:
    """The id of a load under way."""
    answer = asked(tenant, data, name, **parameters)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def loaded(tenant: Tenant, data: bytes, name: str = "rows.csv", **parameters: Any) -> Json:
    """A load once it has ended."""
    return tenant.ended(opened(tenant, data, name, **parameters))
