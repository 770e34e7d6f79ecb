"""Makes a file system with all that Python reads in the guest, which the guest caches as its own.

    .venv/bin/python tests/kernel/guest/python_image.py IMAGE MKE2FS

Over 9p each start of Python asks the host for hundreds of files that are not there. Prints, as a
setting for init, which folders the image stands for.
"""

import compileall
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
OWN_FOLDERS = (REPOSITORY / "changer", REPOSITORY / "tests")

# Large, and of no use to a test in the guest.
NOT_PACKED = (
    "*.opt-[12].pyc", "python3*/test", "python3*/*/tests", "python3*/config-3*", "ensurepip",
    "idlelib", "lib2to3", "pydoc_data", "tkinter", "turtledemo",
    "mypy", "mypyc", "*__mypyc*.so", "ast_serialize", "librt", "pip", "setuptools", "virtme",
)  # fmt: skip


def python_folders() -> list[Path]:
    """The standard library, what is installed in the virtual environment, and our own."""
    installed = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    return [*installed, *OWN_FOLDERS]


def compile_own_folders() -> None:
    # Compiling takes seconds in the guest, which could not keep the result. A module with an
    # error in it fails where it is used.
    for folder in OWN_FOLDERS:
        compileall.compile_dir(folder, quiet=2)


def copy_folders(folders: list[Path], target: Path) -> None:
    names = [str(folder.relative_to("/")) for folder in folders]
    # What was installed outside the virtual environment is not seen inside it.
    outside = [f"{names[0]}/site-packages", f"{names[0]}/dist-packages"]
    exclude = [f"--exclude={pattern}" for pattern in (*NOT_PACKED, *outside)]
    with subprocess.Popen(
        ["tar", "-C", "/", *exclude, "-cf", "-", *names],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as packing:
        subprocess.run(["tar", "-C", target, "-xf", "-"], stdin=packing.stdout, check=True)
    if packing.returncode not in (0, 1):  # 1: a file changed while it was read, as developers do
        sys.exit("python_image: tar could not read everything")


def make_image(folders: list[Path], image: Path, mke2fs: str) -> None:
    content = image.with_suffix(".content")
    content.mkdir()
    copy_folders(folders, content)
    with image.open("wb") as file:
        file.truncate(1 << 30)  # sparse: only what is in it takes space
    subprocess.run(
        [mke2fs, "-q", "-t", "ext2", "-m", "0", "-N", "50000", "-d", content, image],
        stdin=subprocess.DEVNULL,
        check=True,
    )
    shutil.rmtree(content)


def main() -> None:
    image, mke2fs = sys.argv[1:]
    compile_own_folders()
    folders = python_folders()
    make_image(folders, Path(image), mke2fs)
    print(f"PYTHON_FOLDERS=({shlex.join(map(str, folders))})")


if __name__ == "__main__":
    main()
