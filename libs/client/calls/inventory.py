"""Reading the inventory."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from libs.client.calls.calls import Calls, each_of, path_of
from libs.contracts.inventory.reading import RecordPage

INVENTORY = "/api/v1/inventory"
RecordDict = dict[str, Any]


class InventoryCalls(Calls):
    """What can be asked of the tenant's records. Every method raises SluiceError."""

    def records(
        self, entity: str, *, q: str | None = None, limit: int | None = None, **filters: Any
    ) -> Iterator[RecordDict]:
        """Records of an entity, the highest ids first, at most `limit` of them; pages are fetched as they are needed.

        `q` is words of names and external ids; `filters` are those of the API, such as `recipient_type="processor"`,
        `external_id="scan-1"`, or for activities `recipient_id=…`.
        """

        def page(params: dict[str, Any]) -> tuple[list[RecordDict], str | None]:
            found = self._connection.get(path_of(INVENTORY, entity), RecordPage, {**filters, "q": q, **params})
            return found.records, found.next_page_token

        return each_of(page, limit)

    def record(self, entity: str, record_id: str | UUID) -> RecordDict:
        """One record, with what it is linked with and where it came from."""
        return self._connection.get(path_of(INVENTORY, entity, str(UUID(str(record_id)))), RecordDict)
