"""Things that must never happen, done to a good run's database, each with the rules of the checker that it breaks."""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True)
class Deed:
    """A statement of the superuser, and the rules that must be violated after it."""

    statement: LiteralString
    rules: frozenset[str]


def breaks(statement: LiteralString, *rules: str) -> Deed:
    """A deed."""
    return Deed(statement, frozenset(rules))


BY_INSERT = "contact NOT LIKE '%/base-%' AND external_id IS NULL"
A_RECIPIENT = f"(SELECT recipient_id FROM inventory.recipient WHERE {BY_INSERT} LIMIT 1)"
AN_INSERT = "SELECT job_id FROM ingest.job WHERE mode = 'insert' AND created > 0 AND parent_id IS NULL ORDER BY job_id"
A_JOB = f"({AN_INSERT} LIMIT 1)"

DEEDS = {
    "a record is lost": breaks(
        f"DELETE FROM inventory.recipient WHERE recipient_id = {A_RECIPIENT}",
        "chunks_are_all_or_nothing",
        "jobs_add_up",
    ),
    "a record is there twice": breaks(
        f"""INSERT INTO inventory.recipient (tenant_id, recipient_id, name_vi, name_en, recipient_type, country_code,
                                             contact, job_id)
            SELECT tenant_id, gen_random_uuid(), name_vi, name_en, recipient_type, country_code, contact, job_id
            FROM inventory.recipient WHERE {BY_INSERT} LIMIT 1""",
        "records_are_stored_once",
        "jobs_add_up",
    ),
    "a record changes its tenant": breaks(
        f"UPDATE inventory.recipient SET tenant_id = gen_random_uuid() WHERE recipient_id = {A_RECIPIENT}",
        "rows_are_what_was_posted",
    ),
    "a record is changed": breaks(
        f"UPDATE inventory.recipient SET name_vi = 'Khác' WHERE recipient_id = {A_RECIPIENT}",
        "rows_are_what_was_posted",
    ),
    "nobody posted it": breaks(
        f"""UPDATE inventory.recipient SET contact = split_part(contact, '/', 1) || '/9-9/0'
            WHERE recipient_id = {A_RECIPIENT}""",
        "rows_are_what_was_posted",
    ),
    "a link is lost": breaks(
        """DELETE FROM inventory.activity_recipient
           WHERE activity_id = (SELECT activity_id FROM inventory.activity_recipient LIMIT 1)""",
        "rows_are_what_was_posted",
    ),
    "an activity is lost and its links are not": breaks(
        """WITH off AS (SELECT set_config('session_replication_role', 'replica', true))
           DELETE FROM inventory.processing_activity USING off
           WHERE activity_id = (SELECT activity_id FROM inventory.activity_recipient LIMIT 1)""",
        "records_are_stored_once",
    ),
    "a job counts what it has not done": breaks(
        f"UPDATE ingest.job SET created = created - 1, updated = updated + 1 WHERE job_id = {A_JOB}",
        "jobs_add_up",
    ),
    "the ledger counts what was not done": breaks(
        f"UPDATE ingest.chunk SET created = created - 1, unchanged = 1 WHERE job_id = {A_JOB} AND chunk_no = 0",
        "jobs_add_up",
        "chunks_are_all_or_nothing",
    ),
    "an upsert counts as new what was there": breaks(
        """UPDATE ingest.job SET created = created + 1, updated = updated - 1
           WHERE job_id = (SELECT job_id FROM ingest.job WHERE mode = 'upsert' AND updated > 0 LIMIT 1)""",
        "pools_add_up",
    ),
    "a chunk is not in the ledger": breaks(
        f"DELETE FROM ingest.chunk WHERE job_id = {A_JOB} AND chunk_no = 0",
        "jobs_add_up",
    ),
    "a reject is lost": breaks(
        """DELETE FROM ingest.reject
           WHERE (job_id, record_index) = (SELECT job_id, record_index FROM ingest.reject LIMIT 1)""",
        "chunks_are_all_or_nothing",
    ),
    "a job never ends": breaks(
        f"UPDATE ingest.job SET status = 'processing', finished_at = NULL WHERE job_id = {A_JOB}",
        "jobs_add_up",
    ),
    "a job is lost": breaks(
        f"DELETE FROM ingest.job WHERE job_id = {A_JOB}",
        "jobs_are_as_many_as_promised",
    ),
    "a batch became two jobs": breaks(
        f"""UPDATE ingest.job SET request_id = (SELECT request_id FROM ingest.job WHERE job_id = {A_JOB})
            WHERE job_id = ({AN_INSERT} DESC LIMIT 1)""",
        "jobs_are_as_many_as_promised",
    ),
}

OF_A_FILE = "contact LIKE '%/file-%'"
A_ROW = f"(SELECT recipient_id FROM inventory.recipient WHERE {OF_A_FILE} LIMIT 1)"
A_LOAD = "(SELECT task_id FROM work.task WHERE counters ->> 'rejected' <> '0' ORDER BY task_id LIMIT 1)"
A_FILE = f"(SELECT (parameters ->> 'file_id')::uuid FROM work.task WHERE task_id = {A_LOAD})"
A_REJECT = """(SELECT job_id, record_index FROM ingest.reject JOIN ingest.job USING (tenant_id, job_id)
               WHERE parent_id IS NOT NULL LIMIT 1)"""

FILE_DEEDS = {
    "a row of a file is lost": breaks(
        f"DELETE FROM inventory.recipient WHERE recipient_id = {A_ROW}",
        "each_row_is_a_record_or_a_reject",
        "jobs_add_up",
    ),
    "a row of a file is there twice": breaks(
        f"""INSERT INTO inventory.recipient (tenant_id, recipient_id, name_vi, recipient_type, contact, job_id)
            SELECT tenant_id, gen_random_uuid(), name_vi, recipient_type, contact, job_id
            FROM inventory.recipient WHERE recipient_id = {A_ROW}""",
        "each_row_is_a_record_or_a_reject",
        "records_are_stored_once",
        "jobs_add_up",
    ),
    "a row of a file is changed": breaks(
        f"UPDATE inventory.recipient SET name_vi = 'Khác' WHERE recipient_id = {A_ROW}",
        "each_row_is_a_record_or_a_reject",
    ),
    "a row comes from no file": breaks(
        f"""UPDATE inventory.recipient SET contact = split_part(contact, '/', 1) || '/file-0-99/0'
            WHERE recipient_id = {A_ROW}""",
        "each_row_is_a_record_or_a_reject",
    ),
    "a row is neither a record nor a reject": breaks(
        f"DELETE FROM ingest.reject WHERE (job_id, record_index) = {A_REJECT}",
        "each_row_is_a_record_or_a_reject",
    ),
    "another row is rejected": breaks(
        f"UPDATE ingest.reject SET record_index = 4999 WHERE (job_id, record_index) = {A_REJECT}",
        "each_row_is_a_record_or_a_reject",
    ),
    "a row is rejected for another reason": breaks(
        f"""UPDATE ingest.reject SET faults = jsonb_set(faults, '{{0,code}}', '"TOO_LONG"')
            WHERE (job_id, record_index) = {A_REJECT}""",
        "each_row_is_a_record_or_a_reject",
    ),
    "an offset is taken back": breaks(
        f"UPDATE work.file SET size = size - 1, received = received - 1 WHERE file_id = {A_FILE}",
        "offsets_are_never_taken_back",
        "files_are_what_was_brought",
    ),
    "a part of a file is lost": breaks(
        f"""DELETE FROM work.file_part
            WHERE (file_id, start) = (SELECT file_id, start FROM work.file_part WHERE file_id = {A_FILE} LIMIT 1)""",
        "files_are_what_was_brought",
    ),
    "a part of a file is another": breaks(
        f"UPDATE work.file_part SET sha256 = sha256('another') WHERE file_id = {A_FILE}",
        "files_are_what_was_brought",
    ),
    "a file has another digest": breaks(
        f"UPDATE work.file SET sha256 = sha256('another') WHERE file_id = {A_FILE}",
        "files_are_what_was_brought",
    ),
    "a load counts what it has not done": breaks(
        f"""UPDATE work.task SET counters = counters || '{{"created": 1, "updated": 1}}' WHERE task_id = {A_LOAD}""",
        "loads_add_up",
    ),
    "a segment is forgotten": breaks(
        f"DELETE FROM work.segment WHERE task_id = {A_LOAD} AND number = 0",
        "loads_add_up",
        "each_row_is_a_record_or_a_reject",
    ),
    "a load never ends": breaks(
        f"UPDATE work.task SET status = 'processing', progress = 99, finished_at = NULL WHERE task_id = {A_LOAD}",
        "loads_add_up",
    ),
    "a load is lost": breaks(
        f"DELETE FROM work.task WHERE task_id = {A_LOAD}",
        "loads_are_as_many_as_promised",
    ),
    "a load that nobody asked for": breaks(
        f"UPDATE work.task SET idempotency_key = 'other' WHERE task_id = {A_LOAD}",
        "loads_are_as_many_as_promised",
    ),
}
"""The same of files and their loads."""
