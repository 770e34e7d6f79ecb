"""The launcher of the test guest, with a script in place of User-mode Linux."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from kernel.guest.machine import RESULTS, GuestError
from kernel.guest.run_folder import guest_number, run_folder
from kernel.guest.uml import kernel_environment, memory_folder, processor_for
from pytest_mock import MockerFixture

# What goes wrong here waits for a process that does not end.
pytestmark = pytest.mark.timeout(120)

LAUNCH = Path(__file__).resolve().parents[1] / "kernel" / "guest" / "launch.py"

# Takes the arguments of linux.uml: console 2 is the command's standard error, and the folder of the
# run comes last.
GUEST = """\
#!/bin/bash
run=${!#}
for word; do case $word in con2=*) stderr=${word##*:} ;; esac; done
. "$run/settings"
echo "Linux is up" >&2
"""
STARTED = ': >"$run/started"\n'
RUNS_COMMAND = STARTED + '"${COMMAND[@]}" 2>&"$stderr"; echo $? >"$run/status"\n'

Launch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start the launcher with a guest that does what a script says."""
    launched = []

    def begin(*arguments: str, guest: str = RUNS_COMMAND) -> "subprocess.Popen[str]":
        program = tmp_path / "changer" / "uml-1" / "bin" / "linux.uml"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(GUEST + guest)
        program.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, LAUNCH, "--machine", "uml", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        )
        launched.append(process)
        return process

    yield begin
    for process in launched:
        process.kill()
        with process:  # closes its streams, which a guest that outlived it may hold
            pass


def ends(process_id: int) -> bool:
    """Wait for the end of a process that is no child of this one."""
    with suppress(ProcessLookupError):
        watch = os.pidfd_open(process_id)
        select.select([watch], [], [])
        os.close(watch)
    return True


def test_exit_status_and_both_streams_are_the_commands(launch: Launch) -> None:
    process = launch("--", "bash", "-c", "echo out; echo err >&2; exit 3")
    assert (*process.communicate(), process.returncode) == ("out\n", "err\n", 3)


def test_streams_arrive_as_they_come(launch: Launch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    process = launch("--", "bash", "-c", f"echo first; read -r <{tmp_path}/go; echo second")
    assert process.stdout is not None and process.stdout.readline() == "first\n"
    (tmp_path / "go").write_text("go\n")
    assert process.communicate()[0] == "second\n"


def test_time_limit_ends_the_guest_and_shows_its_console(launch: Launch) -> None:
    process = launch("--timeout", "1", "--", "bash", "-c", "echo $$; exec sleep 1000")
    out, err = process.communicate()
    assert process.returncode == 124
    assert "    Linux is up\nguest: the guest was stopped at its time limit of 1 seconds\n" in err
    assert ends(int(out))


def test_guest_that_dies_is_no_command_that_failed(launch: Launch) -> None:
    process = launch("--", "true", guest=STARTED + 'echo "Kernel panic" >&2; exit 1\n')
    _, err = process.communicate()
    assert process.returncode == 125
    assert "    Kernel panic\nguest: the guest ended without saying how its command ended\n" in err


def test_machine_that_cannot_start_says_why(launch: Launch) -> None:
    refused = 'echo "ptrace: Operation not permitted" >&2; exit 1\n'
    process = launch("--", "true", guest=refused)
    _, err = process.communicate()
    assert process.returncode == 125
    assert "User-mode Linux cannot start here (Linux is up; ptrace: Operation not permitted)" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_to_the_launcher_ends_the_guest(launch: Launch, number: signal.Signals) -> None:
    process = launch("--", "bash", "-c", "echo $$; exec sleep 1000")
    assert process.stdout is not None
    guest = int(process.stdout.readline())
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 128 + number
    assert ends(guest)


def test_guest_ends_with_a_launcher_that_is_killed_and_the_next_one_clears_up(
    launch: Launch,
) -> None:
    process = launch("--", "bash", "-c", 'echo $$ "$run"; exec sleep 1000', guest=with_run())
    assert process.stdout is not None
    guest, run = process.stdout.readline().split()
    process.kill()
    assert ends(int(guest))
    assert Path(run).is_dir()
    assert launch("--", "true").wait() == 0
    assert not Path(run).exists()


def with_run() -> str:
    return "export run\n" + RUNS_COMMAND


def test_running_guest_keeps_its_folder_when_another_starts(launch: Launch) -> None:
    process = launch("--", "bash", "-c", 'echo "$run"; exec sleep 1000', guest=with_run())
    assert process.stdout is not None
    run = Path(process.stdout.readline().strip())
    assert launch("--", "true").wait() == 0
    assert (run / "settings").exists()


def test_guest_stays_on_the_processor_of_its_number(launch: Launch) -> None:
    show = 'echo "$run"; grep Cpus_allowed_list /proc/$$/status'
    run, _, processor = launch("--", "bash", "-c", show, guest=with_run()).communicate()[0].split()
    assert int(processor) == processor_for(guest_number(Path(run)))


def test_guests_side_by_side_have_a_number_and_a_processor_each(
    mocker: MockerFixture, tmp_path: Path
) -> None:
    mocker.patch("kernel.guest.run_folder.RESULTS", tmp_path)
    mocker.patch("os.sched_getaffinity", return_value={2, 5})
    with ExitStack() as others:
        first = others.enter_context(run_folder())
        with run_folder() as second, run_folder() as third:
            numbers = [guest_number(each) for each in (first, second, third)]
        with run_folder() as after:
            numbers.append(guest_number(after))
    assert numbers == [0, 1, 2, 1]
    assert [processor_for(each) for each in numbers] == [2, 5, 2, 5]


# Where memory is kept


def rooms(mocker: MockerFixture, **megabytes: int) -> None:
    """As if the folders of these names had so much room."""

    def statvfs(folder: Path) -> SimpleNamespace:
        free = megabytes.get(folder.name, 0)
        return SimpleNamespace(
            f_flag=os.ST_NOEXEC * (free < 0), f_bavail=abs(free), f_frsize=1 << 20
        )

    mocker.patch("os.statvfs", statvfs)
    mocker.patch("os.access", return_value=True)
    mocker.patch.dict("os.environ")
    os.environ.pop("TMPDIR", None)


def test_memory_goes_where_there_is_room_for_it(mocker: MockerFixture) -> None:
    rooms(mocker, shm=64, tmp=5000)
    assert memory_folder() == Path("/tmp")


def test_memory_does_not_go_where_nothing_may_be_executed(mocker: MockerFixture) -> None:
    rooms(mocker, shm=-5000, kernel=5000)
    assert memory_folder() == RESULTS


def test_folder_that_the_user_names_comes_first(mocker: MockerFixture, tmp_path: Path) -> None:
    rooms(mocker, shm=5000, **{tmp_path.name: 5000})
    os.environ["TMPDIR"] = str(tmp_path)
    assert memory_folder() == tmp_path


def test_without_room_the_folders_are_named_with_what_they_have(mocker: MockerFixture) -> None:
    rooms(mocker, shm=64, tmp=100)
    with pytest.raises(GuestError, match=r"/dev/shm \(64 MiB free\), /tmp \(100 MiB free\)"):
        memory_folder()


def test_what_helps_with_registers_is_loaded_where_it_was_made(tmp_path: Path) -> None:
    assert "LD_PRELOAD" not in kernel_environment(tmp_path)
    made = tmp_path / "lib" / "registers.so"
    made.parent.mkdir()
    made.touch()
    assert kernel_environment(tmp_path)["LD_PRELOAD"] == str(made)
