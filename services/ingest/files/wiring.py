"""Everything about files in one process of ingest, made and handed on."""

import falcon
from msgspec import Struct

from libs.lookup.slots import Slots
from libs.uploads.files import FileStore
from services.ingest.files.content import ContentResource
from services.ingest.files.file import FileResource
from services.ingest.files.formats import FormatResource
from services.ingest.files.protocols.forms import FormReader
from services.ingest.files.receiver import Receiver
from services.ingest.files.resource import FilesResource
from services.ingest.http.body import BodyReader
from services.ingest.settings import IngestSettings


class Files(Struct, frozen=True):
    """What other parts of ingest do with files, too."""

    store: FileStore
    forms: FormReader


def add_files(
    app: "falcon.App[falcon.Request, falcon.Response]",
    settings: IngestSettings,
    store: FileStore,
    bodies: BodyReader,
) -> Files:
    """Make what files need and give them their addresses."""
    of_files = settings.files
    receiver = Receiver(store, bodies, Slots(*settings.upload_places))
    forms = FormReader(receiver, bodies)
    app.add_route("/api/v1/files", FilesResource(store, receiver, forms, of_files))
    app.add_route("/api/v1/files/{file}", FileResource(store, receiver, of_files))
    app.add_route("/api/v1/files/{file}/content", ContentResource(store, Slots(*settings.download_places)))
    app.add_route("/api/v1/formats", FormatResource())
    return Files(store, forms)
