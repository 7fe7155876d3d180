"""Files as tests give them to a page: chosen, dropped, and cut off on their way."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route

from tests.system.api import Tenant

HEADER = "Mã bên nhận;Tên đơn vị nhận;Loại đối tác;Quốc gia;Ngày ký"
UPLOADED = 'input[type="file"]'
DROPPED = """(files) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name, {lastModified: 1}));
  document.dispatchEvent(new DragEvent('dragover', {dataTransfer: carried, bubbles: true, cancelable: true}));
  document.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


def register(count: int) -> str:
    """A file whose columns have other names than the fields; every third row has a role that nobody knows."""
    roles = ("Bên xử lý", "nội bộ", "đối tác lạ")
    rows = [f"R-{n};Công ty {n};{roles[n % 3]};Việt Nam;0{n % 9 + 1}/02/2026" for n in range(count)]
    return "\n".join([HEADER, *rows, ""])


def written(folder: Path, name: str, text: str) -> str:
    """A file on the disk of somebody's computer."""
    path = folder / name
    path.write_text(text)
    return str(path)


def drop(page: Page, **files: str) -> None:
    """Let files go over a page."""
    page.evaluate(DROPPED, [[name.replace("_", "."), text] for name, text in files.items()])


class Line:
    """The way from a page to the console: it notes at which offsets stretches are sent, and cuts some of them off."""

    def __init__(self, page: Page, cut: Callable[[int], bool]) -> None:
        self.offsets: list[int] = []
        self._cut = cut
        page.route("**/uploads/*", self._pass)

    def _pass(self, route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        self.offsets.append(int(route.request.headers["upload-offset"]))
        if self._cut(len(self.offsets)):
            route.abort("connectionreset")
        else:
            route.continue_()


def names_of(tenant: Tenant) -> dict[str, str]:
    """The tenant's complete files: by name, the SHA-256."""
    files = tenant.get("/api/v1/files").json()["files"]
    return {file["name"]: file["sha256"] for file in files if file["state"] == "complete"}
