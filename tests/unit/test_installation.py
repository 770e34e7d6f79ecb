"""make install: programs that run from there, and every file where it is looked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documents import MANUALS, ROOT
from shells import Shell, offered_by_fish

SOURCES = (
    *("Makefile", "pyproject.toml", "README.md", "LICENSE", "changer", "man", "packaging"),
    *("docs", "systemd", "udev"),
)
PROGRAMS = ("changer", "changer-autochanger", "changer-mtx")
UNITS = ("recover.service", "clean@.service", "clean@.timer", "events@.service", "serve.service")
OF_THE_HOST = {
    "lib/udev/rules.d/61-changer.rules",
    "lib/sysusers.d/changer.conf",
    "lib/tmpfiles.d/changer.conf",
    *(f"lib/systemd/system/changer-{name}" for name in UNITS),
}
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")

pytestmark = [pytest.mark.unmeasured, pytest.mark.long]


def make(folder: Path, *words: str) -> None:
    """Run make in a copy of the sources, with the packages of this environment and no network."""
    pip = [f"PIP={sys.executable} -m pip", "PIP_FLAGS=--no-build-isolation --no-deps --no-index"]
    done = subprocess.run(
        ["make", "--no-print-directory", f"PYTHON={sys.executable}", *words, *pip],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            without = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=without)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def prefix(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prefix") / "opt"
    make(sources, "install", f"PREFIX={folder}")
    return folder


@pytest.fixture
def environment(prefix: Path, tmp_path: Path) -> dict[str, str]:
    """Of a user who has the prefix in PATH, and nothing else of this program."""
    return {
        "PATH": f"{prefix}/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_DATA_DIRS": f"{prefix}/share:/usr/share",
        "CHANGER": "sim:demo",
        "CHANGER_STATE": str(tmp_path / "state" / "state.db"),
        "CHANGER_SIM_DIR": str(tmp_path / "simulated"),
        "CHANGER_LOCK_DIR": str(tmp_path / "lock"),
        "CHANGER_CONFIG": "/dev/null",
    }


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_programs_run_from_there_with_their_data(environment: dict[str, str]) -> None:
    assert run(environment, "changer", "--version").startswith("changer ")
    run(environment, "changer", "state", "init")  # by the package's migrations
    assert "slot 1 " in run(environment, "changer", "status")
    assert "Storage Element 1:Full" in run(environment, "changer-mtx", "-f", "sim:demo", "status")
    assert run(environment, "changer-autochanger", "sim:demo", "slots") == "14\n"


def test_programs_start_the_python_that_installed_them(prefix: Path) -> None:
    for name in PROGRAMS:
        first, *rest = (prefix / "bin" / name).read_text().splitlines()
        assert first == f"#!{sys.executable}"
        assert f"sys.path.insert(0, '{prefix}/lib/changer')" in rest


def test_manuals_are_where_man_looks(prefix: Path) -> None:
    for name in MANUALS:
        installed = prefix / "share/man" / f"man{name[-1]}" / name
        assert installed.read_bytes() == (ROOT / "man" / name).read_bytes()


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("changer cleaner res", "changer cleaner reserve "),
        ("changer-mtx -f sim:demo inq", "changer-mtx -f sim:demo inquiry "),
        ("changer-autochanger sim:demo unl", "changer-autochanger sim:demo unload "),
    ],
)
def test_each_shell_finds_the_completion_by_itself(
    prefix: Path, environment: dict[str, str], tmp_path: Path, line: str, completed: str
) -> None:
    with Shell("bash", tmp_path / "b", environment, f". {BASH_COMPLETION}") as bash:
        assert bash.after_tab(line) == completed
    site = f"fpath=({prefix}/share/zsh/site-functions $fpath)"
    with Shell("zsh", tmp_path / "z", environment, site) as zsh:
        assert zsh.after_tab(line) == completed
    assert offered_by_fish(line, environment, load="").keys() == {completed.split()[-1]}


def test_uninstall_leaves_no_file(sources: Path, prefix: Path, tmp_path: Path) -> None:
    copy = tmp_path / "opt"
    shutil.copytree(prefix, copy)
    kept = copy / "share/man/man1/mtx.1"
    kept.write_text("")
    make(sources, "uninstall", f"PREFIX={copy}")
    assert [each for each in copy.rglob("*") if each.is_file()] == [kept]


@pytest.mark.parametrize(
    ("installed_below", "zsh", "fish"),
    [
        ("/usr/local", "usr/local/share/zsh/site-functions", "etc/fish/completions"),
        ("/usr", None, "usr/share/fish/vendor_completions.d"),
    ],
)
def test_a_package_gets_the_same_files_below_its_own_root(
    sources: Path, tmp_path: Path, installed_below: str, zsh: str | None, fish: str
) -> None:
    make(sources, "install", f"PREFIX={installed_below}", f"DESTDIR={tmp_path}")
    if zsh is None:
        debian = Path("/etc/debian_version").exists()
        zsh = f"usr/share/zsh/{'vendor-completions' if debian else 'site-functions'}"
    below = installed_below.removeprefix("/")
    expected = {f"{below}/bin/{name}" for name in PROGRAMS}
    expected |= {f"{below}/share/man/man{name[-1]}/{name}" for name in MANUALS}
    expected |= {f"{below}/{name}" for name in OF_THE_HOST}
    expected |= {f"{below}/share/bash-completion/completions/{name}" for name in PROGRAMS}
    expected |= {f"{fish}/{name}.fish" for name in PROGRAMS} | {f"{zsh}/_changer"}
    assert files_besides_python(tmp_path) == expected
    modes = {each.stat().st_mode & 0o777 for each in tmp_path.rglob("*") if each.is_file()}
    assert modes == {0o644, 0o755}
    program = (tmp_path / below / "bin" / "changer").read_text()
    assert str(tmp_path) not in program
    assert f"'{installed_below}/lib/changer'" in program


def files_besides_python(folder: Path) -> set[str]:
    """All files below a folder, but for those of Python's packages, and for documents."""
    found = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    return {each for each in found if "/lib/changer/" not in each and "/doc/changer/" not in each}


def test_what_is_installed_can_be_listed(sources: Path, prefix: Path) -> None:
    listed = subprocess.run(
        ["packaging/install", "list"],
        cwd=sources,
        env={**os.environ, "PREFIX": str(prefix), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()
    assert {f"{prefix}/{each}" for each in OF_THE_HOST} <= {*listed}
    assert f"{prefix}/share/doc/changer/install.md" in listed
    assert all(Path(each).is_file() for each in listed)
