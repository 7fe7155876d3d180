"""What each role does with the tables, so that a service can say at its start which right it lacks."""

from libs.contracts.inventory.records import ENTITIES
from libs.database.queries import QUERIES
from libs.database.server.session import Connection, Role

WRITTEN: dict[str, tuple[str, ...]] = {
    "ingest.installation": ("SELECT", "INSERT"),
    "ingest.job": ("SELECT", "INSERT", "UPDATE"),
    "ingest.chunk": ("SELECT", "INSERT", "UPDATE"),
    "ingest.reject": ("SELECT", "INSERT", "DELETE"),
    "ingest.audit": ("SELECT", "INSERT"),
    "ingest.audit_aside": ("SELECT", "INSERT"),
    "ingest.statistics_stale": ("SELECT", "INSERT"),
    **{f"inventory.{entity.table}": ("SELECT", "INSERT", "UPDATE") for entity in ENTITIES.values()},
    **{f"inventory.{link.table}": ("SELECT", "INSERT", "DELETE") for e in ENTITIES.values() for link in e.links},
}
"""What a writer does, by table; a reader reads them all."""

COUNTED: dict[str, tuple[str, ...]] = {
    "ingest.statistics": ("SELECT", "INSERT", "DELETE"),
    "ingest.statistics_stale": ("SELECT", "INSERT", "DELETE"),
    "ingest.statistics_progress": ("SELECT", "UPDATE"),
    "ingest.chunk_entry": ("SELECT",),
    "ingest.versions_at_work": ("SELECT", "INSERT"),
}
"""What a processor does with statistics."""

FORGOTTEN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ingest.job", "ingest.chunk", "ingest.reject"), ("SELECT", "DELETE")),
    **dict.fromkeys(("work.mending", "work.sent_again"), ("SELECT", "DELETE")),
    "work.task": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "work.task_log": ("SELECT", "INSERT", "DELETE"),
}
"""What a processor has that is forgotten after a time."""

WORK: dict[str, tuple[str, ...]] = {
    "work.task": ("SELECT", "INSERT", "UPDATE"),
    "work.task_log": ("SELECT", "INSERT"),
    "work.file": ("SELECT", "INSERT", "UPDATE"),
    "work.file_part": ("SELECT", "INSERT"),
    "work.mapping": ("SELECT", "INSERT"),
    "work.schedule": ("SELECT", "UPDATE"),
    "work.schedule_fire": ("SELECT", "INSERT"),
    "ingest.audit": ("SELECT", "INSERT"),
}
"""What is done with tasks and what they work on, for a tenant and by a processor alike."""


JUDGED = ("work.finding", "work.rule_state", "work.own_rule")
"""What is known of how the inventory answers the law."""


def _read(*tables: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(tables, ("SELECT",))


NEEDED: dict[Role, dict[str, tuple[str, ...]]] = {
    "sluice_writer": WRITTEN,
    "sluice_reader": _read(
        *WRITTEN, *WORK, *JUDGED, "inventory.organisation", "work.segment", "ingest.versions_at_work"
    ),
    "sluice_tasks": {
        **WORK,
        **dict.fromkeys(("work.mending", "work.sent_again"), ("SELECT", "INSERT")),
        "work.schedule": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "inventory.organisation": ("SELECT", "INSERT", "UPDATE"),
        **_read("ingest.installation", "work.segment", *JUDGED),
        "work.rule_state": ("SELECT", "DELETE"),
        "work.own_rule": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    },
    "sluice_processor": {
        **WORK,
        "work.segment": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "work.schedule": ("SELECT", "INSERT", "UPDATE"),
        "work.webhook": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "work.schedule_fire": ("SELECT", "INSERT", "DELETE"),
        "work.schedule_offered": ("SELECT", "INSERT"),
        "work.file": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "work.file_part": ("SELECT", "INSERT", "DELETE"),
        **_read("ingest.installation", "work.own_rule"),
        **_read("inventory.organisation", *(table for table in WRITTEN if table.startswith("inventory."))),
        **dict.fromkeys(("work.finding", "work.rule_state"), ("SELECT", "INSERT", "UPDATE", "DELETE")),
        **COUNTED,
        **FORGOTTEN,
    },
}


def lacking(connection: Connection, role: Role) -> list[str]:
    """The rights that the session's role lacks, as GRANT words them."""
    needed = NEEDED[role]
    names = sorted({table.partition(".")[0] for table in needed})
    schemas = connection.execute(QUERIES["lacking_schemas"], {"schemas": names}).fetchall()
    if schemas:  # without them nothing else can be asked
        return [right for (right,) in schemas]
    pairs = [(table, action) for table, actions in needed.items() for action in actions]
    values = {"tables": [table for table, _ in pairs], "actions": [action for _, action in pairs]}
    rights = connection.execute(QUERIES["lacking_rights"], values).fetchall()
    rights += connection.execute(QUERIES[f"lacking_of_{role}"]).fetchall()
    return [right for (right,) in rights]
