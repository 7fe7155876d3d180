"""/mappings/{id}: a mapping, seen, changed, tried and approved."""

import uuid
from typing import Any

import falcon
import falcon.asgi

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Mapping, StoredMapping
from libs.contracts.refusals import Refusal
from libs.files.mapping.changing import UnfitError, changed
from libs.steering.mappings import MappingDesk, invalid, patched, tried
from libs.uploads.files import FileStore
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.files.uploads import origin_of
from services.console.pages.files.words import words_of
from services.console.pages.mappings.drafts import (
    LARGEST_FORM,
    MOST_FIELDS,
    ORDER,
    is_nothing,
    opened_column,
    patch_of,
)
from services.console.pages.mappings.fields import entries_of, text_of, word_of
from services.console.pages.mappings.sheet import MOST_CHOICES, Sheet, sheet_of
from services.console.pages.mappings.trying import ROWS_TRIED, tried_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

SHOWN_AGAIN = ("MAPPING_CHANGED", "MAPPING_INVALID", "MAPPING_INCOMPLETE")
"""Refusals upon which the page is shown as it is now."""


class MappingResource:
    """The page of a mapping. What is typed there is kept in the page until it is saved."""

    def __init__(self, view: View, gate: Gate, threads: Threads, desk: MappingDesk, files: FileStore) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._desk = desk
        self._files = files

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, mapping: str) -> None:
        """The newest version, or the one that the address names, which cannot be changed any more."""
        person = await self._gate.person(req, Right.VIEW)
        version = _number(req, "version")
        stored = await self._find(person, mapping, version)
        editable = Right.INGEST in person.rights and version is None
        opened = _number(req, "open")
        sheet = sheet_of(stored, first=_number(req, "from") or 0, opened=opened, editable=editable)
        await self._show(req, resp, person, sheet)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, mapping: str) -> None:
        """Save what was changed, as the next version, and approve it where that is asked for."""
        person, form, stored = await self._order(req, mapping)
        try:
            await self._threads.run(self._save, req, person, form, stored)
        except Refusal as refusal:
            if refusal.problem.code not in SHOWN_AGAIN:
                raise
            await self._show_again(req, resp, person, form, refusal, mapping)
            return
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/mappings/{stored.mapping_id}")

    async def on_post_try(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, mapping: str) -> None:
        """The page as it is with what was changed; nothing is saved."""
        person, form, stored = await self._order(req, mapping)
        await self._show(req, resp, person, await self._threads.run(self._sheet, stored, form))

    async def on_post_preview(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, mapping: str) -> None:
        """The first rows of the file with what was changed; nothing is saved."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.VIEW)
        form = await read_form(req, LARGEST_FORM, MOST_FIELDS)
        stored = await self._find(person, mapping, None)
        shown = await self._threads.run(self._tried, stored, form)
        self._view.show(
            req, resp, "mappings/preview.html", person, section="files", mapping_id=stored.mapping_id,
            entity=stored.content.entity, **shown, **words_of(self._view.speech(req)),
        )  # fmt: skip

    def _tried(self, stored: StoredMapping, form: Form) -> dict[str, Any]:
        """What comes out of a draft, or why nothing does."""
        shown: dict[str, Any] = {"tried": None, "refusal": None, "unsaved": False}
        try:
            patch = patch_of(form, stored.content)
            shown["unsaved"], content = not is_nothing(patch), patched(stored.content, patch)
            shown["tried"] = tried_of(content, self._desk.preview(tried(stored, content), ROWS_TRIED))
        except Refusal as refusal:
            shown["refusal"] = refusal
        return shown

    def _save(self, req: falcon.asgi.Request, person: Person, form: Form, stored: StoredMapping) -> None:
        if form.text("version", 10) != str(stored.version):
            raise Refusal("MAPPING_CHANGED")
        origin, patch = origin_of(req, person), patch_of(form, stored.content)
        if not is_nothing(patch):
            stored = self._desk.change(origin, stored, patched(stored.content, patch))
        if form.text("action", 20) == "approve":
            self._desk.approve(origin, stored)

    async def _show_again(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person, form: Form, refusal: Refusal,
        mapping: str,
    ) -> None:  # fmt: skip
        """The page as it is now; with what was typed, unless somebody else was faster."""
        stored = await self._find(person, mapping, None)
        stale = refusal.problem.code == "MAPPING_CHANGED"
        sheet = sheet_of(stored, editable=True) if stale else await self._threads.run(self._sheet, stored, form)
        resp.status = refusal.problem.status
        speech = self._view.speech(req)
        complaint = speech.chosen(refusal.problem.detail, refusal.problem.detail_vi).format_map(refusal.params)
        await self._show(req, resp, person, sheet, complaint)

    async def _show(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person, sheet: Sheet, complaint: str = ""
    ) -> None:
        file = await self._threads.run(self._file, sheet.stored)
        self._view.show(
            req, resp, "mappings/mapping.html", person, section="files", sheet=sheet, file=file, complaint=complaint,
            order=ORDER, most_choices=MOST_CHOICES, text_of=text_of, word_of=word_of, entries=entries_of,
            once=uuid.uuid4(), **words_of(self._view.speech(req)),
        )  # fmt: skip

    def _file(self, stored: StoredMapping) -> StoredFile | None:
        """The file that it was made for, if it is there still."""
        return self._files.file(stored.tenant_id, stored.file_id) if stored.file_id else None

    def _sheet(self, stored: StoredMapping, form: Form) -> Sheet:
        first = form.text("from", 10)
        return sheet_of(
            stored, _draft(stored, form), first=int(first) if first.isascii() and first.isdigit() else 0,
            opened=opened_column(form), editable=True,
        )  # fmt: skip

    async def _order(self, req: falcon.asgi.Request, mapping: str) -> tuple[Person, Form, StoredMapping]:
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.INGEST)
        form = await read_form(req, LARGEST_FORM, MOST_FIELDS)
        return person, form, await self._find(person, mapping, None)

    async def _find(self, person: Person, mapping: str, version: int | None) -> StoredMapping:
        return await self._threads.run(self._desk.find, person.caller.tenant_id, mapping, version)


def _draft(stored: StoredMapping, form: Form) -> Mapping:
    """The mapping as somebody would have it, whether it fits or not. Raises Refusal."""
    try:
        return changed(stored.content, patch_of(form, stored.content))
    except UnfitError as error:
        raise invalid(error.fault) from None


def _number(req: falcon.asgi.Request, name: str) -> int | None:
    text = req.params.get(name)
    if not isinstance(text, str):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 -- of 32 bits
        raise Refusal("BAD_PARAMETER", name=name, allowed="0, 1, 2, …")
    return int(text)
