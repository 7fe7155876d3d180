"""Opens the file that a task is about, and says what is wrong with it as the task's end."""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Source
from libs.contracts.refusals import Refusal
from libs.files.content import ContentChangedError, StorageAwayError
from libs.files.failures import UnreadableError
from libs.files.readers.table import Table
from libs.files.storage import PartMissingError
from libs.files.tables import open_table
from libs.tasks.context import Context, TaskFailedError, TransientError
from services.processor.tools import Tools


def file_of(context: Context, tools: Tools, file_id: uuid.UUID) -> StoredFile:
    """The tenant's file. Raises Refusal."""
    file = tools.files.file(context.task.tenant_id, file_id)
    if file is None:
        raise Refusal("FILE_NOT_FOUND")
    return file


@contextmanager
def opened(
    context: Context, tools: Tools, file: StoredFile, source: Source, entity: str | None = None
) -> Iterator[Table]:
    """A file's table. Raises Refusal, TaskFailedError, TransientError, also for what is found out within the block."""
    context.stop_if_cancelled()
    try:
        content = tools.files.content(context.task.tenant_id, file.file_id)
        with closing(open_table(content, source, name=file.name, entity=entity or "")) as table:
            yield table
    except UnreadableError as error:
        raise TaskFailedError(error.code, **error.params) from error
    except (ContentChangedError, PartMissingError) as error:
        raise TaskFailedError("FILE_DAMAGED") from error
    except StorageAwayError as error:
        raise TransientError("STORAGE_UNAVAILABLE") from error
