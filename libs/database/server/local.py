"""Settings that hold until a transaction ends, at every node that has a part in it."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection, Cursor, sql


def set_local(session: Connection[Any] | Cursor[Any], settings: Mapping[str, str]) -> None:
    """Have the rest of the transaction run with these settings.

    By SET, which a coordinator passes on to the nodes that have the rows, as it does no function (`set_config`). It is
    never prepared: most values are other ones each time, and would push out those statements that are worth it.
    """
    for name, value in settings.items():
        statement = f"SET LOCAL {name} = {sql.Literal(value).as_string(session)}"
        session.execute(statement.encode(), prepare=False)
