"""Bacula's own daemons work the library through changer-autochanger, as through mtx-changer.

What they logged is looked at: a changer command can fail while a job succeeds.
"""

import filecmp
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from figures import FIGURES
from kernel.conftest import DEVICE
from kernel.mtx_status import MtxStatus, read_mtx_status
from kernel.program import Program, environment_in
from kernel.waiting import someone_waits
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

from .bacula import PATIENCE_SECONDS, Bacula, queued_job
from .bacula_configuration import MISSING_CHANGER, STORAGE, Site
from .tape_devices import tape_devices

pytestmark = pytest.mark.guest_only

LIBRARY_ID = "STK_L700_CHGR0001"
TAPES = ("A00001L8", "A00002L8", "A00003L8")
NOT_LABELLED = "A00004L8"
CLEANER, CLEANER_SLOT = "CLNU01CU", 5
SLOTS, EMPTY_SLOT = 10, 8
MEGABYTE = 1 << 20
LARGE = 20 * MEGABYTE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bacula")


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    return environment_in(folder, settings=folder / "changer.toml")


@pytest.fixture(scope="module")
def changer_command() -> str:
    """What the configuration names; another one can be tried beside it."""
    ours = Path(sys.executable).parent / "changer-autochanger"
    return os.environ.get("CHANGER_TEST_CHANGER_COMMAND", str(ours))


@pytest.fixture(scope="module")
def site(folder: Path, changer_command: str) -> Site:
    jobs = {name: folder / "data" / name for name in ("large", "small", "first", "second")}
    for name, size in (("large", LARGE), ("small", MEGABYTE)):
        jobs[name].mkdir(parents=True)
        for part in range(2):
            (jobs[name] / f"part-{part}").write_bytes(os.urandom(size // 2))
    for name in ("first", "second"):
        os.mkfifo(jobs[name])
    (folder / "changer.toml").touch()
    return Site(folder, DEVICE, changer_command, tape_devices(), jobs)


@pytest.fixture(scope="module")
def installed(site: Site, environment: dict[str, str]) -> Iterator[Bacula]:
    """A Bacula with its daemons, that knows no cartridge yet; the library is left as it was."""
    before = read_mtx_status(DEVICE)
    bacula = Bacula(site, environment, Path(os.environ["CHANGER_TEST_PEERS"]))
    bacula.start()
    yield bacula
    bacula.stop()
    for drive in read_mtx_status(DEVICE).drives:
        if drive.full:
            # Bacula prevents removal while it uses a drive, and leaves it so when it ends.
            subprocess.run(["mt-st", "-f", site.drives[drive.number], "unlock"], check=True)
            Program(DEVICE, environment).do("unload", f"drive:{drive.number}")
    assert read_mtx_status(DEVICE) == before


@pytest.fixture(scope="module")
def labelled(installed: Bacula) -> Bacula:
    installed.console("label barcodes storage=Library drive=0 pool=Tapes slots=1-3,5", "yes")
    return installed


@pytest.fixture
def troubled(labelled: Bacula) -> Iterator[Bacula]:
    """For a test in which the changer fails: cartridges that may be written, and none is lost."""
    before = all_tags(read_mtx_status(DEVICE))
    labelled.purge()
    yield labelled
    after = read_mtx_status(DEVICE)
    FIGURES.cartridges(before=before, now=all_tags(after))
    assert after.slots[CLEANER_SLOT - 1].volume_tag == CLEANER


@pytest.fixture
def bacula(troubled: Bacula) -> Iterator[Bacula]:
    """The same, for a test in which nothing may fail."""
    before = len(troubled.complaints())
    yield troubled
    assert troubled.complaints()[before:] == []


def all_tags(status: MtxStatus) -> list[str]:
    elements = (*status.drives, *status.slots, *status.mail)
    return [each.volume_tag or "" for each in elements if each.full]


def loaded() -> list[str]:
    return [drive.volume_tag or "" for drive in read_mtx_status(DEVICE).drives if drive.full]


def opened(pipes: Iterable[Path]) -> list[int]:
    """Pipes to write to, once jobs read them; a job goes on until its pipe is closed."""
    waiting, descriptors = list(pipes), []

    def are_read() -> bool:
        for pipe in tuple(waiting):
            with suppress(OSError):  # ENXIO: nobody reads it yet
                descriptors.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                waiting.remove(pipe)
        return not waiting

    wait_until(are_read, seconds=PATIENCE_SECONDS)
    return descriptors


def test_update_slots_finds_every_cartridge(installed: Bacula) -> None:
    printed = installed.console("update slots storage=Library drive=0")
    assert f'Device "Library" has {SLOTS} slots.' in printed
    found = re.findall(r'Volume "(\w+)" not found in catalog\. Slot=(\d+)', printed)
    assert found == [
        (tag, str(slot)) for slot, tag in enumerate((*TAPES, NOT_LABELLED, CLEANER), 1)
    ]
    assert installed.complaints() == []


def test_label_barcodes_labels_tapes_and_takes_the_cleaner_for_one(labelled: Bacula) -> None:
    printed = "".join(labelled.said)
    for slot, tag in enumerate(TAPES, start=1):
        load = f'"load Volume {tag}, Slot {slot}, Drive 0"'
        assert f"3305 Autochanger {load}, status is OK" in printed
        assert re.search(f'3000 OK label.* Volume="{tag}" Device="Drive-0"', printed)
    assert f'Catalog record for cleaning tape "{CLEANER}" successfully created' in printed
    *tapes, cleaner = labelled.volumes()
    assert [(each.name, each.slot, each.in_changer) for each in tapes] == [
        (tag, slot, True) for slot, tag in enumerate(TAPES, start=1)
    ]
    assert (cleaner.name, cleaner.status) == (CLEANER, "Cleaning")
    assert labelled.complaints() == []


def test_a_backup_that_spans_two_cartridges_is_restored_byte_for_byte(
    bacula: Bacula, tmp_path: Path
) -> None:
    source = bacula.site.jobs["large"]
    job_id = bacula.back_up("large")
    first, second = bacula.volumes_of(job_id)
    log = bacula.log(job_id)
    assert f'End of Volume "{first}"' in log
    assert f'Issuing autochanger "unload Volume {first}, Slot' in log
    assert re.search(rf'Autochanger "load Volume {second}, .* status is OK', log)
    restored_by = bacula.restore(job_id, tmp_path)
    assert f'Autochanger "load Volume {first}, Slot' in bacula.log(restored_by)
    restored = tmp_path / source.relative_to("/")
    names = sorted(file.name for file in source.iterdir())
    assert filecmp.cmpfiles(source, restored, names, shallow=False) == (names, [], [])
    assert sum((restored / name).stat().st_size for name in names) == LARGE


def test_two_jobs_run_on_two_drives_at_once(bacula: Bacula) -> None:
    jobs = {name: bacula.begin(name) for name in ("first", "second")}
    # A job reads what it backs up when its tape is ready.
    pipes = opened(bacula.site.jobs[name] for name in jobs)
    assert len(loaded()) == 2
    for pipe in pipes:
        os.set_blocking(pipe, True)
        with os.fdopen(pipe, "wb") as file:
            file.write(os.urandom(2 * MEGABYTE))
    logs = [bacula.see_success(job_id) for job_id in jobs.values()]
    used = [re.findall(r'Using Device "([^"]+)" to write', log) for log in logs]
    assert sorted(used) == [["Drive-0"], ["Drive-1"]]
    written = [bacula.volumes_of(job_id) for job_id in jobs.values()]
    assert sorted(tag for tags in written for tag in tags) == sorted(loaded())


def test_a_job_waits_while_another_process_holds_the_library(
    bacula: Bacula, environment: dict[str, str]
) -> None:
    lock = library_lock(environment)
    bacula.set_aside(loaded())
    before = read_mtx_status(DEVICE)
    with lock:
        job_id = bacula.begin("small")
        wait_until(lambda: someone_waits(lock.path), seconds=PATIENCE_SECONDS)
        assert read_mtx_status(DEVICE) == before
        assert bacula.outcome(job_id)[0] == "R"
    assert "status is OK" in bacula.see_success(job_id)
    assert bacula.volumes_of(job_id)[0] in loaded()


def test_a_job_that_could_not_wait_any_longer_logs_for_whom_it_waited(
    troubled: Bacula, environment: dict[str, str]
) -> None:
    settings = Path(environment["CHANGER_CONFIG"])
    troubled.set_aside(loaded())
    before = read_mtx_status(DEVICE)
    settings.write_text(f"[library.{LIBRARY_ID}]\nchanger_wait_seconds = 6\n")
    try:
        with library_lock(environment):
            job_id = troubled.begin("small")
            wait_until(lambda: "399" in troubled.log(job_id), seconds=PATIENCE_SECONDS)
            # Bacula gives the job up when a load failed, and asks for a person after an unload.
            troubled.console(f"cancel jobid={job_id} yes")
            log = troubled.end_of(job_id)
    finally:
        settings.write_text("")
    assert re.search(r"399[25] Bad autochanger \"(un)?load Volume", log), log
    assert f"library {LIBRARY_ID} is busy: pid {os.getpid()} (a test)" in log
    assert troubled.outcome(job_id)[0] in ("f", "A")
    assert read_mtx_status(DEVICE) == before
    troubled.back_up("small")


def library_lock(environment: dict[str, str]) -> LibraryLock:
    folder = Path(environment["CHANGER_LOCK_DIR"])
    return LibraryLock(LIBRARY_ID, folder=folder, command="a test", clock=SystemClock())


def test_a_cartridge_that_was_moved_by_hand_is_found_by_update_slots(
    bacula: Bacula, environment: dict[str, str]
) -> None:
    changer = Program(DEVICE, environment)
    volume = next(each for each in bacula.volumes() if each.name not in (*loaded(), CLEANER))
    for source, destination in ((volume.slot, EMPTY_SLOT), (EMPTY_SLOT, volume.slot)):
        changer.do("move", str(source), str(destination))
        bacula.console("update slots storage=Library drive=0")
        slots = {each.name: each.slot for each in bacula.volumes()}
        assert slots[volume.name] == destination


def test_a_library_that_is_not_there_is_an_error_and_not_an_empty_one(troubled: Bacula) -> None:
    before = read_mtx_status(DEVICE)
    slots = [(each.name, each.slot, each.in_changer) for each in troubled.volumes()]
    printed = troubled.console(
        "update slots storage=Missing drive=0", "run job=small storage=Missing yes"
    )
    assert "No slots in changer to scan" in printed
    job_id = queued_job(printed)
    wait_until(lambda: "3991" in troubled.log(job_id), seconds=PATIENCE_SECONDS)
    troubled.console(f"cancel jobid={job_id} yes")
    log = troubled.end_of(job_id)
    assert '3991 Bad autochanger "loaded? drive 0" command: ERR=Child exited with code 1' in log
    assert f"Results=changer-autochanger: {MISSING_CHANGER}: no such device" in log
    assert troubled.outcome(job_id)[0] == "A"
    assert [(each.name, each.slot, each.in_changer) for each in troubled.volumes()] == slots
    assert read_mtx_status(DEVICE) == before


def test_a_storage_daemon_that_was_restarted_asks_what_is_loaded_and_unloads_it(
    bacula: Bacula,
) -> None:
    (tag,) = bacula.volumes_of(bacula.back_up("small"))
    drive = next(each for each in read_mtx_status(DEVICE).drives if each.volume_tag == tag)
    bacula.stop(STORAGE)
    bacula.start(STORAGE)
    slot, number = TAPES.index(tag) + 1, drive.number
    printed = bacula.console("status storage=Library", f"unmount storage=Library drive={number}")
    assert re.search(rf"Slot {slot} .*is loaded in drive {number}", printed)
    assert re.search(
        rf'3307 Issuing autochanger "unload Volume .*Slot {slot}, Drive {number}', printed
    )
    assert read_mtx_status(DEVICE).slots[slot - 1].volume_tag == tag
    # A drive that was unmounted is used again when it is mounted, or after a restart.
    bacula.stop(STORAGE)
    bacula.start(STORAGE)
