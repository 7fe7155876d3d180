"""Makes pages from templates: in the reader's language and time, with everything of a record escaped."""

import datetime
from pathlib import Path
from typing import Any

import falcon
import falcon.asgi
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.contracts.refusals import Refusal
from libs.contracts.texts import Language
from services.console.http.site import Site
from services.console.pages.assets import Assets
from services.console.pages.speech import Speech
from services.console.sign_in.gate import Person

TEMPLATES = Path(__file__).parents[1] / "templates"
LANGUAGE_COOKIE, THEME_COOKIE, ZONE_COOKIE, TOLD_COOKIE = "sluice_lang", "sluice_theme", "sluice_zone", "sluice_told"
THEMES = ("light", "dark", "auto")
LONGEST_ZONE = 64


class View:
    """Shows pages of one site."""

    def __init__(self, site: Site, assets: Assets, language: Language, zone: str) -> None:
        self.site = site
        self._language, self._zone = language, zone
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._templates.globals.update(path=site.path, asset=lambda name: site.path(assets.path(name)))

    def speech(self, req: falcon.asgi.Request) -> Speech:
        """The reader's language and time zone, as cookies say."""
        language = _cookie(req, LANGUAGE_COOKIE)
        zone = _cookie(req, ZONE_COOKIE)[:LONGEST_ZONE]
        return Speech("en" if language == "en" else "vi" if language == "vi" else self._language, zone or self._zone)

    def show(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        template: str,
        person: Person | None = None,
        **values: Any,
    ) -> None:
        """Answer with a page."""
        speech, now = self.speech(req), datetime.datetime.now(datetime.UTC)
        theme = _cookie(req, THEME_COOKIE)
        resp.content_type = falcon.MEDIA_HTML
        # What one may see differs from person to person, and from language to language.
        resp.set_header("Vary", "Cookie")
        shared = {
            "speech": speech, "t": speech.t, "now": now, "person": person, "here": _here(req),
            "method": req.method, "stream": None,
            "theme": theme if theme in THEMES else "auto", "section": template.partition(".")[0],
        }  # fmt: skip
        resp.text = self._templates.get_template(template).render(**{**shared, **values})

    def show_refusal(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, refusal: Refusal) -> None:
        """Answer with what was refused; who is not signed in is sent to where one signs in."""
        if refusal.problem.code == "SIGN_IN_NEEDED" and req.method == "GET" and req.get_header("HX-Request") is None:
            resp.status = falcon.HTTP_303
            resp.location = self.site.path("/sign-in")
            if req.path != "/":
                resp.location += f"?next={falcon.uri.encode_value(_here(req))}"
            return
        speech, problem = self.speech(req), refusal.problem
        self.show(
            req, resp, "refusal.html", status=problem.status, code=problem.code, request_id=req.context.request_id,
            title=speech.chosen(problem.title, problem.title_vi),
            detail=speech.refusal(refusal),
        )  # fmt: skip


def _cookie(req: falcon.asgi.Request, name: str) -> str:
    values = req.get_cookie_values(name)
    return values[0] if values else ""


def _here(req: falcon.asgi.Request) -> str:
    """The address of the page, below the site's path."""
    return req.path + (f"?{req.query_string}" if req.query_string else "")
