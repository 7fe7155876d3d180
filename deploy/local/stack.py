"""The whole stack on one data dir: two servers, the schema, ingest and the writers, until somebody asks for the end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import redis

from deploy.local.data_dir.layout import Description, Layout
from deploy.local.data_dir.logins import open_logins
from deploy.local.data_dir.ports import Ports
from deploy.local.data_dir.private_files import kept_secret
from deploy.local.errors import StackError
from deploy.local.plan import Plan, StackOptions, make_plan
from deploy.local.supervision.claim import PASSING, Claim
from deploy.local.supervision.supervisor import StopRequestedError, Supervisor, Tell
from libs.boot.joining import join
from libs.contracts.texts import said
from libs.database.migrations import migrate


class Stack:
    """One stack. `when_ready` is called in the main thread once it serves; it must return soon."""

    def __init__(
        self, options: StackOptions, tell: Tell, when_ready: Callable[[Description, Supervisor], None]
    ) -> None:
        self._options = options
        self._tell = tell
        self._when_ready = when_ready
        self._layout = Layout(options.data_dir.absolute())
        self._supervisor = Supervisor(tell, self._rewrite)
        self._description: Description | None = None

    def run(self) -> None:
        """Start everything, keep it running until asked to stop, then drain. Main thread only.

        Raises StackError if the stack cannot start; then nothing of it is left running.
        """
        with self._claimed(), Ports(self._layout.ports) as ports, self._supervisor.signals():
            try:
                with suppress(StopRequestedError):
                    self._start(ports)
                    self._supervisor.watch()
            finally:
                self._layout.description.unlink(missing_ok=True)
                self._tell(said("STACK_STOPPING"))
                self._supervisor.shut_down()

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        """Hold the data dir; nothing of a former run is left when this begins."""
        layout = self._layout
        # To be passed through by the account that PostgreSQL is given when root starts it; all inside is private.
        layout.root.mkdir(mode=0o711, parents=True, exist_ok=True)
        claim = Claim(layout.lock)
        if not claim.take(PASSING):
            raise StackError(said("STACK_RUNS_ALREADY", path=layout.root))
        try:
            layout.description.unlink(missing_ok=True)
            for left_over in map(Claim, layout.program_claims()):
                if left_over.take() or left_over.evict(signal.SIGQUIT):
                    left_over.let_go()
            yield
        finally:
            claim.let_go()

    def _start(self, ports: Ports) -> None:
        kept_secret(self._layout.token_secret)
        plan = make_plan(self._options, self._layout, ports, self._tell)
        self._tell(said("STACK_SERVERS"))
        self._supervisor.bring_up(plan.servers)
        self._prepare(plan)
        self._tell(said("STACK_SERVICES"))
        self._supervisor.bring_up(plan.services)
        self._description = plan.description
        self._description.write(self._layout.description, self._supervisor.pids)
        self._when_ready(self._description, self._supervisor)

    def _prepare(self, plan: Plan) -> None:
        """Bring the database up to date, let the services in, and join what is empty of our own two servers."""
        described = plan.description
        try:
            applied = migrate(described.database_url)
            if plan.postgres:
                open_logins(plan.postgres)
            if plan.owns_both:
                join(described.redis_url, described.database_url, plan.namespace)
        except (psycopg.Error, redis.RedisError, ValueError) as error:
            raise StackError(said("DATABASE_NOT_READY", reason=error)) from error
        if applied:
            self._tell(said("STACK_MIGRATED", count=len(applied)))

    def _rewrite(self) -> None:
        """A child has a new process id: say so to those who read `stack.json`, once it is there."""
        if not self._description or not self._layout.description.exists():
            return
        try:
            self._description.write(self._layout.description, self._supervisor.pids)
        except OSError as error:  # a full disk is no reason to end what runs
            self._tell(said("STACK_OUT_OF_DATE", reason=error))
