"""/preferences: language and theme, remembered by the browser."""

import falcon
import falcon.asgi

from services.console.http.forms import read_form
from services.console.pages.entrance import local
from services.console.pages.signing import LONGEST_NEXT
from services.console.pages.view import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, View
from services.console.sign_in.gate import Gate

YEAR_S = 365 * 86_400
CHOICES = {"language": (LANGUAGE_COOKIE, ("vi", "en")), "theme": (THEME_COOKIE, THEMES)}


class PreferenceResource:
    """Remembers what a reader has chosen."""

    def __init__(self, view: View, gate: Gate) -> None:
        self._view = view
        self._gate = gate

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Set what the form names, and go back."""
        self._gate.require_own(req)
        form = await read_form(req)
        for name, (cookie, known) in CHOICES.items():
            if form.text(name, 10) in known:
                resp.set_cookie(
                    cookie, form.text(name, 10), path=self._view.site.path("/"), max_age=YEAR_S, http_only=True,
                    secure=self._view.site.is_secure(req), same_site="Lax",
                )  # fmt: skip
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(local(form.text("next", LONGEST_NEXT)))
