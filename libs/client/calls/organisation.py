"""Who the tenant is."""

from typing import Any

import msgspec

from libs.client.calls.calls import Calls
from libs.client.connection import decode

ORGANISATION = "/api/v1/organisation"
OrganisationDict = dict[str, Any]


class OrganisationCalls(Calls):
    """What can be asked and said of the tenant's organisation. Every method raises SluiceError."""

    def organisation(self) -> OrganisationDict:
        """All that was said of it, and its `version`; SluiceError ORGANISATION_NOT_FOUND where nobody has."""
        return self._connection.get(ORGANISATION, OrganisationDict)

    def put_organisation(self, members: OrganisationDict, *, version: int | None = None) -> OrganisationDict:
        """Have it be this: a member that is absent is null.

        With a `version`, only if that is the newest: else SluiceError ORGANISATION_CHANGED, and nothing is changed.
        """
        headers = {"Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = self._connection.send("PUT", ORGANISATION, headers=headers, content=msgspec.json.encode(members))
        return decode(answer, OrganisationDict)
