"""Files of packages, made without processes of their own: to start one takes longer than all the rest."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

import msgspec
import pytest

from libs.compliance.packages.writing import child
from libs.compliance.packages.writing.child import ACTS
from libs.compliance.packages.writing.making import Maker
from libs.compliance.packages.writing.order import Order
from tests.integration.tasks.workplace.dock import Dock


@contextmanager
def in_this_process(_: Dock | None = None) -> Iterator[None]:
    """What a file's process does is done here; that it is one of its own is tried elsewhere."""

    def act(maker: Maker, act: str, *names: str, share: Callable[[], float]) -> str:
        maker._look(share())
        told = io.StringIO()
        with redirect_stdout(told):
            ACTS[act](
                maker._folder, names, msgspec.json.decode((maker._folder / "order.json").read_bytes(), type=Order)
            )
        return told.getvalue()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "more_time", lambda: None)
        patch.setattr(Maker, "_child", act)
        yield
