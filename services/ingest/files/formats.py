"""/api/v1/formats: the formats of files that are read."""

import falcon
import msgspec

from libs.contracts.files.file import FormatList, FormatView
from libs.files.formats import COMPRESSIONS, FORMATS
from libs.files.readers.format import Format
from services.ingest.http.auth import require
from services.ingest.http.parameters import known_parameters, wants_json


def _view(each: Format) -> FormatView:
    title, title_vi = each.titles()
    return FormatView(
        name=each.name, title=title, title_vi=title_vi, endings=list(each.endings), entities=list(each.entities)
    )


class FormatResource:
    """Lists them; the registry does not change while a process lives."""

    def __init__(self) -> None:
        self._answer = msgspec.json.encode(FormatList([_view(each) for each in FORMATS.values()], list(COMPRESSIONS)))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Every format."""
        require(req, "jobs:read")
        wants_json(req)
        known_parameters(req)
        resp.data = self._answer
