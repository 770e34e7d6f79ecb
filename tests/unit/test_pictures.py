"""Pictures that documents show are there, and are small."""

from __future__ import annotations

import re
from pathlib import Path

from documents import ROOT

MOST_BYTES = 160_000
PICTURE = re.compile(r"!\[([^]]+)\]\(([^)]+)\)")


def shown() -> dict[Path, str]:
    """Each picture of a document, with the words that stand for it."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {
        (page.parent / name).resolve(): words
        for page in pages
        for words, name in PICTURE.findall(page.read_text())
    }


def test_readme_shows_pictures_of_the_page() -> None:
    names = [name for _, name in PICTURE.findall((ROOT / "README.md").read_text())]
    assert any(name.startswith("docs/pictures/page-") for name in names)


def test_pictures_are_there_small_and_described() -> None:
    for file, words in shown().items():
        assert file.read_bytes().startswith(b"\x89PNG"), file
        assert file.stat().st_size <= MOST_BYTES, file
        assert len(words.split()) >= 5, file


def test_each_picture_is_shown_somewhere() -> None:
    assert {*(ROOT / "docs" / "pictures").iterdir()} == {*shown()}
