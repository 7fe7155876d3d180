"""The section on scale."""

from tests.benchmarks.results import Section
from tests.benchmarks.scale.parts import parts
from tests.benchmarks.scale.request_sizes import request_sizes
from tests.benchmarks.scale.sessions import sessions
from tests.benchmarks.scale.small_jobs import small_jobs
from tests.benchmarks.scale.tenants import tenants
from tests.benchmarks.session import Session

TEXT = """\
What [scaling.md](scaling.md) counts on: that tables which are cut into parts by tenant cost what whole ones do; what \
more sessions of writers bring; what small requests carry of what large ones do; what jobs of a few records cost, and \
that one costs the same whether ten tenants send them or ten thousand."""


def scale(session: Session) -> Section:
    """Measure each of them."""
    found = [measure(session) for measure in (parts, sessions, request_sizes, small_jobs, tenants)]
    return Section("Scale", TEXT, [table for table, _ in found], [goal for _, goals in found for goal in goals])
