"""What a scrape reads of schedules. Those of tenants have names of their own, which are no labels."""

from psycopg_pool import ConnectionPool

from libs.contracts.tasks.schedules import SYSTEM_TENANT
from libs.database.queries import QUERIES
from libs.tasks.schedules.defaults import DEFAULTS
from libs.telemetry.state import Values


def measured(pool: ConnectionPool) -> Values:
    """How late the tick is, and how long ago the system's own schedules ran. Raises psycopg.Error."""
    names = [each.type for each in DEFAULTS]
    with pool.connection() as connection:
        overdue = connection.execute(QUERIES["schedules_overdue"]).fetchone()
        ages = connection.execute(QUERIES["schedule_ages"], {"tenant": SYSTEM_TENANT, "names": names}).fetchall()
    return {
        "sluice_schedules_overdue_seconds": {(): overdue[0] if overdue else 0.0},
        "sluice_schedule_age_seconds": {(name,): age for name, age in ages},
    }
