"""The sdist holds all that a distributor needs, and the wheel built from it all that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
NAME = f"changer-{PROJECT['project']['version']}"

pytestmark = [pytest.mark.unmeasured, pytest.mark.long]


def build(sources: Path, target: str, folder: Path) -> Path:
    """Build with the backend that is installed here, without network, and without a warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=sources,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower()
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked where no checkout is near."""
    sdist = build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))
    assert sdist.name == f"{NAME}.tar.gz"
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-C", folder, "-xf", sdist], check=True, timeout=60)
    return folder / NAME


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build(unpacked, "wheel", tmp_path_factory.mktemp("wheel")))


@pytest.fixture
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())


def test_sdist_has_sources_manuals_rules_units_documents_and_tests(unpacked: Path) -> None:
    for name in (
        *("pyproject.toml", "Makefile", "LICENSE", "README.md", "packaging/install"),
        *WHEEL["shared-data"],
        *("tests/unit/test_distribution.py", "tests/data/captures", "tests/environment/prepare"),
        "systemd/README.md",
    ):
        assert (unpacked / name).exists(), name
    assert not [*unpacked.rglob("__pycache__")]
    assert not (unpacked / ".venv").exists() and not (unpacked / "build").exists()


def test_tests_of_the_sdist_run_without_a_checkout(unpacked: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/smc"],
        cwd=unpacked,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )


def test_wheel_has_the_package_with_its_data(wheel: zipfile.ZipFile) -> None:
    below = {each for each in wheel.namelist() if each.startswith("changer/")}
    tracked = (each for each in (ROOT / "changer").rglob("*") if "__pycache__" not in each.parts)
    assert below == {str(each.relative_to(ROOT)) for each in tracked if each.is_file()}


def test_wheel_has_each_file_for_its_place(wheel: zipfile.ZipFile) -> None:
    for source, place in WHEEL["shared-data"].items():
        file = ROOT / source
        name = f"{NAME}.data/data/{place}"
        for each in file.iterdir() if file.is_dir() else [file]:
            if each.is_file():
                inside = f"{name}/{each.name}" if file.is_dir() else name
                assert wheel.read(inside) == each.read_bytes()


def test_wheel_installs_the_three_programs(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    for name in ("changer", "changer-autochanger", "changer-mtx"):
        assert f"\n{name} = changer." in entry_points


def test_metadata_name_the_licence_as_spdx_does_and_its_file(
    wheel: zipfile.ZipFile, metadata: Message
) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert wheel.read(f"{NAME}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert not [each for each in metadata.get_all("Classifier", []) if "License" in each]


def test_metadata_say_what_there_is_and_invent_nothing(metadata: Message) -> None:
    assert metadata["Author"] == "The changer authors"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Project-URL") is None and metadata["Author-email"] is None
    plain = [each for each in metadata.get_all("Requires-Dist", []) if "extra" not in each]
    assert plain == ["pyudev>=0.24"]


@pytest.fixture(scope="module")
def wheels(wheel: zipfile.ZipFile) -> Path:
    """A folder with the wheel, and that of what it needs."""
    folder = Path(str(wheel.filename)).parent
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, "pyudev>=0.24"], check=True, timeout=300)
    return folder


@pytest.mark.parametrize("tool", ["pipx", "uv"])
def test_programs_that_a_tool_installs_are_on_the_path_and_run(
    wheels: Path, tmp_path: Path, tool: str
) -> None:
    folders = {
        "HOME": "home",
        "PIPX_HOME": "pipx",
        "PIPX_BIN_DIR": "bin",
        "PIPX_MAN_DIR": "man",
        "UV_TOOL_DIR": "uv",
        "UV_TOOL_BIN_DIR": "bin",
        "UV_CACHE_DIR": "cache",
        "CHANGER_SIM_DIR": "simulated",
        "CHANGER_LOCK_DIR": "lock",
        "CHANGER_STATE": "state.db",
    }
    environment = {**os.environ, **{name: f"{tmp_path}/{each}" for name, each in folders.items()}}
    environment["PATH"] = f"{tmp_path}/bin:{environment['PATH']}"
    (built,) = map(str, wheels.glob("changer-*.whl"))
    offline = f"--no-index --find-links={wheels}"
    words = {
        "pipx": ["install", f"--pip-args={offline}", "--python", sys.executable, built],
        "uv": ["tool", "install", "--offline", *offline.split(), "--python", sys.executable, built],
    }[tool]
    program = Path(sys.executable).with_name(tool)
    subprocess.run([str(program), *words], env=environment, check=True, timeout=300)
    for line, printed in (
        ("changer state init", ""),
        ("changer -l sim:demo status", "slot 1 "),
        ("changer-mtx -f sim:demo status", "Storage Element 1:Full"),
        ("changer-autochanger sim:demo slots", "14"),
    ):
        done = subprocess.run(
            line.split(), env=environment, text=True, timeout=60, check=True, stdout=subprocess.PIPE
        )
        assert printed in done.stdout
    manuals = [*(tmp_path / tool).glob("**/share/man/man5/changer.toml.5")]
    assert manuals and manuals[0].read_bytes() == (ROOT / "man/changer.toml.5").read_bytes()
