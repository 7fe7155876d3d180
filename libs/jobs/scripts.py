"""Loads `lua/*.lua` and runs them; `prelude.lua` stands before each."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, TypeAlias

import redis
from redis.exceptions import NoScriptError

SCRIPTS = files("libs.jobs") / "lua"
ASK_AGAIN_MS = (2, 3, 5, 10, 20, 50, 100)
"""A replica answers what it had on disk when it was asked, and then says no more for a second: so it is asked again."""


Call: TypeAlias = tuple[Any, ...]
"""The name of a script, and its arguments."""


class Scripts:
    """Runs one script by its file name, on a prefix of keys."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        prelude = (SCRIPTS / "prelude.lua").read_text()
        self._client = client
        self._prefix = prefix
        self._scripts = {
            path.name.removesuffix(".lua"): client.register_script(prelude + path.read_text())
            for path in SCRIPTS.iterdir()
            if path.name.endswith(".lua") and path.name != "prelude.lua"
        }

    def run(self, name: str, *args: str | int | bytes) -> Any:
        """Run a script and return its answer as Redis gives it."""
        return self._scripts[name](keys=[self._prefix], args=args)

    def run_each(self, *calls: Call) -> list[Any]:
        """Run scripts that have nothing to do with one another, in one round trip; the answer of each, or its error."""
        answers = self._execute(calls)
        if left := [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
            again = [calls[at] for at in left]
            for name in {name for name, *_ in again}:
                self._client.script_load(self._scripts[name].script)
            for at, answer in zip(left, self._execute(again), strict=True):
                answers[at] = answer
        return answers

    def run_durably(self, *calls: Call, replicas: int, timeout_ms: int) -> tuple[list[Any], list[int]]:
        """Run scripts in one round trip and, on the same connection, wait until what they did is on disk.

        Returns the answer of each, or its error, and what WAITAOF counted: [fsynced here, fsynced on replicas].
        """
        patience = (*(ASK_AGAIN_MS if replicas else ()), timeout_ms)
        waits: list[Call] = [("WAITAOF", 1, replicas, patience_ms) for patience_ms in patience]
        # It waits for what this connection has written. A repeat finds what another has, and writes nothing.
        written: list[Call] = [("SET", f"{self._prefix}:asked", "")] if replicas else []
        for _ in range(2):
            answers = self._execute(calls, [*written, *waits])
            unknown = {
                call[0] for call, answer in zip(calls, answers, strict=False) if isinstance(answer, NoScriptError)
            }
            if not unknown:
                break
            for name in unknown:
                self._client.script_load(self._scripts[name].script)
        for answer in answers[len(calls) :]:
            if isinstance(answer, Exception):
                raise answer
        return answers[: len(calls)], answers[-1]

    def _execute(self, calls: Sequence[Call], then: Sequence[Call] = ()) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for name, *args in calls:
            pipe.evalsha(self._scripts[name].sha, 1, self._prefix, *args)
        for command in then:
            pipe.execute_command(*command)
        answers: list[Any] = pipe.execute(raise_on_error=False)
        return answers
