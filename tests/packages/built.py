"""The packages of this checkout, and of an earlier program, built in clean roots."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from documents import ROOT

from .root import Layers, Root

BUILD = "/build"
BUILDER = "nobody"
# The last program that knew schema 7 of the state store.
EARLIER_COMMIT = "88dff12"
EARLIER_VERSION = "0.0.7"


@dataclass(frozen=True, slots=True)
class Built:
    """``folder`` has the packages; ``lint``: what lintian wrote."""

    folder: Path
    lint: str

    @property
    def packages(self) -> list[Path]:
        """The binary packages."""
        return sorted(self.folder.glob("*.deb"))


def clean_root(release: str, *, for_building: bool = False) -> Layers:
    """The root of a release by its name, or one that was made by hand, by its folder."""
    if "/" in release:
        return Layers((Path(release).resolve(),))
    words = [str(ROOT / "tests/environment/root"), *(["--build"] if for_building else []), release]
    made = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return Layers((Path(made.stdout.strip()),))


@contextmanager
def built(release: str, source: Path, *, checked: bool = True) -> Iterator[Built]:
    """The packages of a source tree, as an ordinary user of a clean root builds them.

    ``checked``: by the tests of the build and by lintian.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        words = [str(source / "packaging/deb"), "--source", folder]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        with clean_root(release, for_building=True).started() as root:
            _build(root, made, options="" if checked else "nocheck")
            lint = _lint(root) if checked else ""
            for each in (root.folder / BUILD.lstrip("/")).iterdir():
                if each.is_file():
                    shutil.copy(each, made)
        yield Built(made, lint)


def _build(root: Root, source: Path, *, options: str) -> None:
    for each in source.iterdir():
        root.copy(each, BUILD)
    root.run("chown", "--recursive", f"{BUILDER}:", BUILD)
    unpack = f"cd {BUILD} && dpkg-source --extract *.dsc source"
    build = "cd source && dpkg-buildpackage -us -uc"
    environment = {"DEB_BUILD_OPTIONS": options, "HOME": BUILD}
    root.run("bash", "-c", f"{unpack} && {build}", user=BUILDER, environment=environment)


def _lint(root: Root) -> str:
    # Errors and warnings fail the test; "info" is printed with them when it does.
    words = f"lintian --info --display-info --fail-on error,warning --no-cfg {BUILD}/*.changes"
    environment = {"HOME": BUILD}
    ended = root.run("bash", "-c", words, user=BUILDER, environment=environment, expected=None)
    return f"{ended.out}{ended.err}" if ended.status else ""


@contextmanager
def source_of_today() -> Iterator[Path]:
    """This checkout."""
    yield ROOT


@contextmanager
def source_of_earlier_program() -> Iterator[Path]:
    """An earlier program in the packages of today, with a lower version."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        subprocess.run(["tar", "-x", "-C", tree], input=_archive("HEAD"), check=True)
        completions = Path(folder) / "completions"
        for shell in ("bash", "fish", "zsh"):
            shutil.copytree(tree / "changer/cli/completion" / shell, completions / shell)
        shutil.rmtree(tree / "changer")
        subprocess.run(
            ["tar", "-x", "-C", tree], input=_archive(EARLIER_COMMIT, "changer"), check=True
        )
        shutil.copytree(completions, tree / "changer/cli/completion", dirs_exist_ok=True)
        _renumber(tree)
        yield tree


def _archive(commit: str, *paths: str) -> bytes:
    """Files of a commit of this checkout, as a tar archive."""
    words = ["git", "-C", str(ROOT), "archive", commit, *paths]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, (
        f"the tests need the history of the checkout: {done.stderr.decode()}"
    )
    return done.stdout


def _renumber(tree: Path) -> None:
    """Give a source tree the version of the earlier program."""
    project = tree / "pyproject.toml"
    lines = project.read_text().splitlines(keepends=True)
    is_version = [each.startswith("version = ") for each in lines]
    assert is_version.count(True) == 1
    lines[is_version.index(True)] = f'version = "{EARLIER_VERSION}"\n'
    project.write_text("".join(lines))
    changelog = tree / "debian/changelog"
    first, rest = changelog.read_text().split("\n", 1)
    renumbered = f"changer ({EARLIER_VERSION}-1~upstream1){first[first.index(')') + 1 :]}"
    changelog.write_text(f"{renumbered}\n{rest}")
