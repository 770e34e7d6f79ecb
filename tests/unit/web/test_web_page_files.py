"""The files of the page: a table that is made once, of what belongs there."""

from __future__ import annotations

import gzip
from pathlib import Path

from changer.web.page_files import page_files


def test_plain_files_of_known_kinds_are_the_page(tmp_path: Path) -> None:
    for name in ("index.html", "main.js", "style.css", "icon.svg"):
        (tmp_path / name).write_text(name * 500)
    (tmp_path / "secret").write_text("not of the page")
    (tmp_path / "notes.py").write_text("nor this")
    (tmp_path / "link.html").symlink_to("/etc/passwd")
    (tmp_path / "folder.js").mkdir()
    files = page_files(tmp_path)
    assert {*files} == {
        *("/", "/favicon.ico"),
        *("/page/index.html", "/page/main.js", "/page/style.css", "/page/icon.svg"),
    }
    assert files["/"] is files["/page/index.html"]
    body = files["/page/main.js"]
    assert body.content_type == "text/javascript; charset=utf-8"
    assert body.packed is not None and gzip.decompress(body.packed) == body.plain
    assert len({each.etag for each in files.values()}) == 4


def test_the_real_page_has_no_file_from_elsewhere() -> None:
    files = page_files()
    assert "/" in files and "/page/index.html" in files
    assert all(b"//cdn" not in each.plain for each in files.values())
