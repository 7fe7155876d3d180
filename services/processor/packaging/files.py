"""The files of a package: made one after the other, each kept as soon as it is whole."""

import hashlib
from typing import Self

from libs.compliance.packages.writing.making import Made, Maker, UnwritableError
from libs.compliance.packages.writing.order import Order
from libs.contracts.tasks.types.package import FileFormat, PackageFile
from libs.files.folders import Folder
from libs.tasks.context import Context, TaskFailedError
from libs.telemetry.process.crashpoints import crash_point
from libs.uploads.files import FileStore
from libs.uploads.receiving import storing
from services.processor.packaging.content import PIECE, Content
from services.processor.transforming.output import LostOutputError, Output

MADE = 0.9
"""The share of a stage that making a file is; the rest is keeping it."""


class Workroom:
    """A folder of one run, in which files are made. Raises Refusal where the disk is full."""

    def __init__(self, context: Context, files: FileStore, content: Content, order: Order, generation: int) -> None:
        self._context = context
        self._files = files
        self._generation = generation
        self._folder = Folder()
        self._place = self._folder.path
        self._stage = ""
        with storing():
            content.fetch(self._place / "content.ndjson")
            self._maker = Maker(self._place, order, self._look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def file(self, kind: FileFormat, name: str) -> PackageFile:
        """Make a file of this format, and keep it. Raises LostOutputError where others are there in its place."""
        self._stage = kind
        self._context.progress(kind, 0.0)
        try:
            with storing():
                made = self._maker.make(kind)
        except UnwritableError as error:
            raise TaskFailedError("PACKAGE_UNWRITABLE", format=kind) from error
        return self._kept(kind, name, made)

    def _look(self, share: float) -> None:
        self._context.progress(self._stage, share * MADE)

    def _kept(self, kind: FileFormat, name: str, made: Made) -> PackageFile:
        output = Output(self._files, self._context.task, f"{kind}-{self._generation}", name, 0)
        digest = hashlib.sha256()
        with made.path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                output.write(piece)
                self._context.progress(kind, MADE)
        crash_point("package.before_file")
        output.finish()
        kept = self._files.file(self._context.task.tenant_id, output.file_id)
        if kept is None or kept.sha256 != digest.hexdigest():  # its beginning is another version's
            raise LostOutputError
        return PackageFile(
            format=kind, file_id=kept.file_id, name=name, bytes=kept.received, sha256=kept.sha256, pages=made.pages
        )
