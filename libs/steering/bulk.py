"""Which bulk actions are refused: those about more jobs than somebody has seen."""

import datetime
import uuid

from libs.contracts.jobs import WRITE
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.registry import KINDS
from libs.contracts.tasks.types.bulk import BulkParameters
from libs.contracts.texts import worded
from libs.lookup.counting import MOST
from libs.lookup.pages import JobPages


class BulkCheck:
    """Looks at the jobs that match. Raises redis.RedisError, psycopg.Error."""

    def __init__(self, pages: JobPages) -> None:
        self._pages = pages

    def __call__(self, tenant_id: uuid.UUID, asked: BulkParameters) -> None:
        """Raise Refusal where more match than were expected, as far as `MOST`: its processor counts all of them."""
        for name in asked.filter.types:
            if name not in (WRITE, *KINDS):
                why, why_vi = worded("MEMBER_UNFIT")
                raise Refusal("TASK_PARAMETERS", members={"pointer": "/filter/type"}, reason=why, reason_vi=why_vi)
        if asked.expected <= MOST and self.count(tenant_id, asked, asked.expected + 1) > asked.expected:
            raise Refusal("BULK_MORE", expected=asked.expected)

    def count(self, tenant_id: uuid.UUID, asked: BulkParameters, most: int = MOST + 1) -> int:
        """How many match, as far as `most` and some."""
        now = datetime.datetime.now(datetime.UTC)
        return self._pages.count(tenant_id, asked.filter.opened_by(asked.before or now), most)
