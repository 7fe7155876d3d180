"""What each role does with the tables, so that a service can say at its start which right it lacks."""

from libs.contracts.records import ENTITIES
from libs.database.queries import QUERIES
from libs.database.session import Connection, Role

WRITTEN = {
    "ingest.installation": ("SELECT", "INSERT"),
    "ingest.job": ("SELECT", "INSERT", "UPDATE"),
    "ingest.chunk": ("SELECT", "INSERT", "UPDATE"),
    "ingest.reject": ("SELECT", "INSERT", "DELETE"),
    "ingest.audit": ("SELECT", "INSERT"),
    "ingest.audit_aside": ("SELECT", "INSERT"),
    **{f"inventory.{entity.table}": ("SELECT", "INSERT", "UPDATE") for entity in ENTITIES.values()},
    **{f"inventory.{link.table}": ("SELECT", "INSERT", "DELETE") for e in ENTITIES.values() for link in e.links},
}
"""What a writer does, by table; a reader reads them all."""


def lacking(connection: Connection, role: Role) -> list[str]:
    """The rights that the session's role lacks, as GRANT words them."""
    schemas = connection.execute(QUERIES["lacking_schemas"]).fetchall()
    if schemas:  # without them nothing else can be asked
        return [right for (right,) in schemas]
    pairs = [
        (table, action)
        for table, actions in WRITTEN.items()
        for action in (actions if role == "sluice_writer" else ("SELECT",))
    ]
    values = {"tables": [table for table, _ in pairs], "actions": [action for _, action in pairs]}
    rights = connection.execute(QUERIES["lacking_rights"], values).fetchall()
    rights += connection.execute(QUERIES[f"lacking_of_{role}"]).fetchall()
    return [right for (right,) in rights]
