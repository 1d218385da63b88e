"""The files of the web page, read once as the service starts; nothing else is ever opened."""

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["FOLDER", "StaticFile", "page_files", "page_routes"]

FOLDER = Path(__file__).parent / "page"
_INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file under the path that it is served at."""

    path: str
    content: bytes
    media_type: str

    @property
    def tag(self) -> str:
        """Changes when the content does."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    async def respond(self, request: Request) -> Response:
        """Answer with the file, or say that it is still the same."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache"}
        if self.tag in request.headers.get("if-none-match", ""):  # a proxy may have made it weak
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.media_type)


def page_files(folder: Path = FOLDER) -> list[StaticFile]:
    """Return the files in `folder`, none if it does not exist; links and hidden files are not."""
    return list(_files(folder)) if folder.is_dir() else []


def page_routes(files: Sequence[StaticFile]) -> list[Route]:
    """Return a route for each file."""
    return [Route(own.path, own.respond) for own in files]


def _files(folder: Path) -> Iterator[StaticFile]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith((".", "_")) for part in parts)
        if path.is_symlink() or not path.is_file() or is_hidden or path.suffix == ".py":
            continue
        name = "/".join(parts)
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if media_type.startswith("text/") or media_type == "application/javascript":
            media_type += "; charset=utf-8"
        yield StaticFile("/" if name == _INDEX else f"/{name}", path.read_bytes(), media_type)
