"""The files of the page, read once: what is not among them is not served."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path

from changer.web.answer import Body, packed

FOLDER = Path(__file__).parent / "page"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_START = "index.html"
_ICONS = ("favicon.ico", "icon.svg")


def page_files(folder: Path = FOLDER) -> Mapping[str, Body]:
    """Paths, and the files that they stand for: plain files of known kinds."""
    files = {
        each.name: _body(each)
        for each in sorted(folder.iterdir())
        if each.suffix in _TYPES and stat.S_ISREG(each.lstat().st_mode)
    }
    paths = {f"/page/{name}": body for name, body in files.items()}
    if _START in files:
        paths["/"] = files[_START]
    for name in _ICONS:
        if name in files:
            paths.setdefault("/favicon.ico", files[name])
    return paths


def _body(file: Path) -> Body:
    content = file.read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return packed(_TYPES[file.suffix], content, etag=etag)
