"""The formats that are written, by their names."""

from collections.abc import Callable, Sequence

from libs.files.writers.lines import CsvWriter, NdjsonWriter
from libs.files.writers.sheets import XlsxWriter
from libs.files.writers.writer import Writer

WRITERS: dict[str, Callable[[Sequence[str]], Writer]] = {"csv": CsvWriter, "ndjson": NdjsonWriter, "xlsx": XlsxWriter}
