"""Mappings: looked at, changed, tried out, agreed to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from libs.client.calls.calls import Calls, each_of, path_of
from libs.client.connection import decode
from libs.client.failures import SluiceError
from libs.contracts.files.mapping_bodies import MappingListItem, MappingPage, MappingPatch, MappingView, Preview
from libs.contracts.files.mappings import MappingStatus

MAPPINGS = "/api/v1/mappings"


class MappingCalls(Calls):
    """What can be asked of the tenant's mappings. Every method raises SluiceError."""

    def mapping(self, mapping_id: str | UUID) -> MappingView:
        """A mapping's newest version. One that this tenant does not have is SluiceError MAPPING_NOT_FOUND."""
        return self._connection.get(path_of(MAPPINGS, mapping_id), MappingView)

    def mappings(
        self, *, entity: str | None = None, status: MappingStatus | None = None, limit: int | None = None
    ) -> Iterator[MappingListItem]:
        """The tenant's mappings, newest first, at most `limit` of them; pages are fetched as they are needed."""

        def page(params: dict[str, Any]) -> tuple[list[MappingListItem], str | None]:
            found = self._connection.get(MAPPINGS, MappingPage, {"entity": entity, "status": status, **params})
            return found.mappings, found.next_page_token

        return each_of(page, limit)

    def change_mapping(self, mapping: MappingView, changes: Mapping[str, Any]) -> MappingView:
        """Make the next version: `columns` that change, by their `index`, all `constants`, or the `source`.

        SluiceError MAPPING_CHANGED where somebody made another one meanwhile, MAPPING_INVALID where it does not fit.
        """
        wanted = msgspec.convert(changes, MappingPatch)
        headers = {"If-Match": _tag(mapping), "Content-Type": "application/json"}
        return self._next("PATCH", mapping, "", headers, msgspec.json.encode(changes), lambda made: _has(made, wanted))

    def preview(self, mapping_id: str | UUID, *, rows: int = 20) -> Preview:
        """What the first rows of its file become."""
        return self._connection.get(path_of(MAPPINGS, mapping_id, "preview"), Preview, {"rows": rows})

    def approve(self, mapping: MappingView) -> MappingView:
        """Agree to this version, so that files can be loaded with it."""
        headers = {"If-Match": _tag(mapping)}
        return self._next("POST", mapping, "approve", headers, None, lambda made: made.status == "approved")

    def _next(
        self,
        method: str,
        mapping: MappingView,
        part: str,
        headers: dict[str, str],
        content: bytes | None,
        is_it: Callable[[MappingView], bool],
    ) -> MappingView:
        """The version after this one; also where the answer to a first attempt was lost and the second is too late."""
        path = path_of(MAPPINGS, mapping.mapping_id, part)
        try:
            return decode(self._connection.send(method, path, headers=headers, content=content), MappingView)
        except SluiceError as error:
            if error.code != "MAPPING_CHANGED":
                raise
            made = self.mapping(mapping.mapping_id)
            if made.version != mapping.version + 1 or not is_it(made):
                raise
            return made


def _has(made: MappingView, wanted: MappingPatch) -> bool:
    """Whether a version has what was to change."""
    targets = {column.index: column.target for column in made.columns}
    columns = all(column.target in (UNSET, targets.get(column.index)) for column in wanted.columns)
    return columns and wanted.constants in (UNSET, made.constants) and wanted.source in (UNSET, made.source)


def _tag(mapping: MappingView) -> str:
    return f'"{mapping.version}"'
