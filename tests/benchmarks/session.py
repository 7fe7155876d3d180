"""What every part of a run needs, and what one part tells the next."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.benchmarks.running.environment import Environment
from tests.benchmarks.running.servers import Servers
from tests.benchmarks.sizes import Sizes


@dataclass(frozen=True)
class Session:
    """One run of the benchmarks."""

    servers: Servers
    environment: Environment
    sizes: Sizes
    say: Callable[[str], None]
    speeds: dict[str, float] = field(default_factory=dict)
    """Sluice's median records a second, by pass, for comparisons across sections."""
