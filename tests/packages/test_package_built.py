"""What the packages are made of, and what Debian's own checks say of them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from documents import ROOT

from .built import Built
from .root import Root


def test_lintian_finds_no_error_and_no_warning(packages: Built) -> None:
    assert packages.lint == ""
    assert not list((ROOT / "debian").glob("**/*lintian-overrides")), "nothing is overridden"


def test_there_are_a_program_and_a_python_package(packages: Built) -> None:
    names = {each.name.split("_")[0] for each in packages.packages}
    assert names == {"changer", "python3-changer"}


def test_version_is_that_of_the_project(packages: Built) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for each in packages.packages:
        assert each.name.split("_")[1].rsplit("-", 1)[0] == project["version"]


def test_python_dependencies_are_those_of_the_project(packages: Built) -> None:
    (package,) = packages.folder.glob("python3-changer_*.deb")
    depends = _field(package, "Depends")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split("[><=]", each)[0] for each in project["dependencies"]}
    found = {each.removeprefix("python3-") for each in depends if each.startswith("python3-")}
    assert found == wanted


def test_removed_with_the_program_is_what_was_installed_with_it(root: Root) -> None:
    """Nothing below /usr, /etc and /lib is of no package, but what Python compiled."""
    listed = root.run("dpkg", "--listfiles", "changer", "python3-changer").out.split("\n")
    owned = {re.sub("^/(lib|bin|sbin)/", r"/usr/\1/", each) for each in listed}
    names = ["-name", "*changer*", "!", "-name", "*.pyc"]
    found = root.run("find", "/usr", "/etc", "/var", "(", *names, ")", "-print").out.split()
    # What dpkg, Python and systemd record of it; the last test of removal holds that it goes.
    records = ("/var/lib/dpkg/", "/var/lib/python", "/var/lib/systemd/", "/etc/systemd/system/")
    others = {each for each in found if each not in owned and not each.startswith(records)}
    assert others == {"/var/lib/changer"}


def _field(package: Path, name: str) -> list[str]:
    words = ["dpkg-deb", "--field", str(package), name]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [each.split()[0].split(":")[0] for each in text.split(",")]
