"""/livez and /readyz."""

import falcon
import falcon.asgi
import redis

from libs.contracts.refusals import Refusal
from libs.jobs.server.refusals import refusal_of
from services.console.http.threads import Threads
from services.console.streams.hub import Hub


class OperatorResource:
    """What operators and balancers ask; none of it needs a session."""

    def __init__(self, client: redis.Redis, threads: Threads, hub: Hub) -> None:
        self._client = client
        self._threads = threads
        self._hub = hub

    async def on_get_livez(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The process runs; touches nothing else."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.data = b"ok\n"

    async def on_get_readyz(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """People can be let in: Redis answers, and the process is not about to end."""
        if self._hub.leaving:
            raise Refusal("DRAINING")
        try:
            await self._threads.run(self._client.ping)
        except redis.RedisError as error:
            raise refusal_of(error) from error
        resp.content_type = falcon.MEDIA_TEXT
        resp.data = b"ok\n"
