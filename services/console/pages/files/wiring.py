"""The pages of files and mappings, made and given their addresses."""

from typing import Any

import falcon.asgi
from msgspec import Struct

from libs.database.mappings import MappingStore
from libs.database.task_reader import TaskReader
from libs.lookup.slots import Slots
from libs.steering.mappings import MappingDesk
from libs.steering.opening import TaskOpening
from libs.uploads.files import FileStore
from services.console.http.threads import Threads
from services.console.pages.files.content import ContentResource
from services.console.pages.files.file import FileResource
from services.console.pages.files.forms import FormReader
from services.console.pages.files.lists import FileListResource
from services.console.pages.files.loading import LoadResource
from services.console.pages.files.reading import FileReading
from services.console.pages.files.receiving import Receiver
from services.console.pages.files.uploads import UploadResource
from services.console.pages.mappings.lists import MappingListResource
from services.console.pages.mappings.mapping import MappingResource
from services.console.pages.view import View
from services.console.settings import ConsoleSettings
from services.console.sign_in.gate import Gate


class FileTools(Struct, frozen=True):
    """What the pages of files and mappings work with."""

    store: FileStore
    mappings: MappingStore
    tasks: TaskReader
    opening: TaskOpening


def add_file_pages(
    app: "falcon.asgi.App[Any, Any]", tools: FileTools, settings: ConsoleSettings, view: View, gate: Gate,
    threads: Threads,
) -> None:  # fmt: skip
    """Add their routes."""
    store, opening = tools.store, tools.opening
    receiver = Receiver(store, opening, threads, Slots(*settings.upload_places))
    reading = FileReading(store, tools.tasks, tools.mappings)
    forms, limit = FormReader(store, receiver, threads), settings.files.max_file_bytes
    file = FileResource(view, gate, threads, store, reading, opening, limit)
    uploads = UploadResource(view.site, gate, threads, store, receiver)
    downloads = Slots(settings.downloads, settings.tenant_downloads)
    mapping = MappingResource(view, gate, threads, MappingDesk(tools.mappings, store), store)
    app.add_route("/files", FileListResource(view, gate, threads, reading, forms, limit))
    app.add_route("/uploads", uploads)
    app.add_route("/uploads/{file}", uploads)
    app.add_route("/files/{file}", file)
    app.add_route("/files/{file}/content", ContentResource(gate, threads, store, downloads))
    for name in ("rows", "delete", "analyze", "map"):
        app.add_route(f"/files/{{file}}/{name}", file, suffix=name)
    app.add_route("/load", LoadResource(view, gate, threads, store, reading, opening))
    app.add_route("/mappings", MappingListResource(view, gate, threads, tools.mappings))
    app.add_route("/mappings/{mapping}", mapping)
    app.add_route("/mappings/{mapping}/try", mapping, suffix="try")
    app.add_route("/mappings/{mapping}/preview", mapping, suffix="preview")
