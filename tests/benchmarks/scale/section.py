"""The section on scale."""

from tests.benchmarks.results import Section
from tests.benchmarks.scale.parts import parts
from tests.benchmarks.scale.request_sizes import request_sizes
from tests.benchmarks.scale.sessions import sessions
from tests.benchmarks.scale.tenants import tenants
from tests.benchmarks.session import Session

TEXT = """\
What [scaling.md](scaling.md) counts on: that tables which are cut into parts by tenant cost what whole ones do; what \
more sessions of writers bring; what small requests carry of what large ones do; that a record costs the same whether \
ten tenants send it or ten thousand."""


def scale(session: Session) -> Section:
    """Measure the four of them."""
    found = [measure(session) for measure in (parts, sessions, request_sizes, tenants)]
    return Section("Scale", TEXT, [table for table, _ in found], [goal for _, goals in found for goal in goals])
