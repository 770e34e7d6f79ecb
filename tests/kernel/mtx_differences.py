"""Differences between changer-mtx and mtx; docs/mtx.md has the reasons.

Each is shown by both programs on one device, as far as a virtual library can bring it about.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """``name``: as docs/mtx.md has it. After these faults, this line makes mtx say something that
    matches ``mtx``, and the other ``ours``: regular expressions of exit status, output and errors.
    """

    name: str
    words: tuple[str, ...]
    mtx: str
    ours: str
    faults: tuple[str, ...] = ()
    disconnects: bool = False


DIFFERENCES = (
    Difference(
        "source unknown",
        ("status",),
        r"Data Transfer Element 0:Full \(Storage Element 4 Loaded\)",
        r"Data Transfer Element 0:Full \(Unknown Storage Element Loaded\)",
        faults=("element drive:0 full=1",),
    ),
    Difference(
        "source unknown",
        ("load", "1"),
        r"\A1\nDrive 0 Full \(Storage Element 4 loaded\)\n\Z",
        r"\A1\nDrive 0 Full \(Storage Element 0 loaded\)\n\Z",
        faults=("element drive:0 full=1",),
    ),
    Difference(
        "unload without a source",
        ("unload",),
        r"Unloading drive 0 into Storage Element 4\.\.\.",
        r"\A1\nNo Source for tape in drive 0!\n\Z",
        faults=("element drive:0 full=1",),
    ),
    Difference(
        "unload into slot 0",
        ("load", "1", "0", "unload", "0", "0"),
        r"Unloading drive 0 into Storage Element 0\.\.\.",
        r"done\nDo not know which slot to unload tape into!\n\Z",
    ),
    Difference(
        "element not there",
        ("status",),
        "      Storage Element 1:Empty\n",
        r"(?s)\A0\n(?!.*Storage Element 1:).*Storage Element 7:Full ",
        faults=("magazine-out 1",),
    ),
    Difference(
        "element not there",
        ("status",),
        "      Storage Element 4:Empty\n",
        r"(?s)\A0\n(?!.*Storage Element 4:).*Storage Element 5:Full ",
        faults=("element 4 53/08 except=1",),
    ),
    Difference(
        "element not there",
        ("status",),
        "Data Transfer Element 0:Empty\n",
        r"(?s)\A0\n(?!.*Element 0:).*Data Transfer Element 1:Empty\n",
        faults=("element drive:0 access=0",),
    ),
    Difference(
        "moves that can't be",
        ("load", "1"),
        r"drive 0\.\.\.mtx: Request Sense",
        r"\A1\nchanger-mtx: slot 1 is not available: .*\n\Z",
        faults=("magazine-out 1",),
    ),
    Difference(
        "interrupted readings",
        ("status",),
        r"\A0\n(?s:.*)Storage Element 1:Full \n",
        r"\A0\n(?s:.*)Storage Element 1:Full :VolumeTag=A00001L8 {24}\n",
        faults=("unit-attention 28/00 on b8",),
    ),
    Difference(
        "interrupted readings",
        ("status",),
        r"\A0\n(?s:.*)Storage Element 1:Full \n",
        r"\A0\n(?s:.*)Storage Element 1:Full :VolumeTag=A00001L8 {24}\n",
        faults=("sense 5/24/00 on b8",),
    ),
    Difference(
        "interrupted moves",
        ("load", "1"),
        r"Sense Key=Unit Attention\n(?s:.*)MOVE MEDIUM from Element Address 1001 to 500 Failed\n\Z",
        r"\A0\nLoading media from Storage Element 1 into drive 0\.\.\.done\n\Z",
        faults=("unit-attention 28/00 on a5",),
    ),
    Difference(
        "library that becomes ready",
        ("status",),
        r"\A1\n(?s:.*)Sense Key=Not Ready\n(?s:.*)READ ELEMENT STATUS Command Failed\n\Z",
        r"\A0\n  Storage Changer ",
        faults=("becoming-ready 2",),
    ),
    Difference(
        "mode page 1Dh",
        ("status",),
        r"\A0\n.* 12 Slots \( 0 Import/Export \)",
        r"\A0\n.* 14 Slots \( 2 Import/Export \)",
        faults=("sense 5/20/00 always on 1a",),
    ),
    Difference(
        "several commands",
        ("load", "1", "0", "status"),
        r"Element 0:Full \(Storage Element 1 Loaded\)\n(?s:.*)Element 1:Empty:VolumeTag=A00001L8",
        r"Element 0:Full \(Storage Element 1 Loaded\):VolumeTag = A00001L8 {24}\n"
        r"(?s:.*)Element 1:Empty\n",
    ),
    Difference(
        "altres",
        ("altres", "status"),
        r"\A1\nno Data Transfer Element reported\n\Z",
        r"\A0\n  Storage Changer ",
    ),
    Difference(
        "invert2",
        ("invert2", "exchange", "1", "2"),
        r"\A0\n\Z",
        r"Sense Code = 24\n(?s:.*)EXCHANGE MEDIUM from Element Address 1001 to 1002 Failed\n\Z",
    ),
    Difference(
        "exchange with an empty slot",
        ("exchange", "1", "4"),
        r"\A1\nSource Element Address 1001 is Empty\n\Z",
        r"\A1\nSource Element Address 1004 is Empty\n\Z",
    ),
    Difference(
        "position", ("position", "99"), r"\A0\n\Z", r"\A1\nCould not position transport\n\Z"
    ),
    Difference(
        "device that does not answer",
        ("status",),
        r"\A1\nno Data Transfer Element reported\n\Z",
        r"\A1\n(?s:.*)Sense Key=No Sense\n(?s:.*)READ ELEMENT STATUS Command Failed\n\Z",
        faults=("no-reply on b8",),
        disconnects=True,
    ),
    Difference(
        "moves without an answer",
        ("load", "1"),
        r"\A0\nLoading media from Storage Element 1 into drive 0\.\.\.done\n\Z",
        r"\A1\nLoading media from Storage Element 1 into drive 0\.\.\.changer-mtx: .*\n\Z",
        faults=("no-reply on a5",),
        disconnects=True,
    ),
)
"""Shown on a library of the profile "demo"."""

SHOWN_ELSEWHERE = {
    "numbers": "test_numbers_do_not_shift_where_a_magazine_is_out",
    "second device": "test_second_device_of_a_line_is_read",
    "sense data in descriptor format": "test_sense_data_in_descriptors_is_told_as_what_it_says",
    "tape drives": "test_tape_drive_is_asked_who_it_is_and_is_no_changer",
    "order of the two streams": "test_link_of_that_name_is_a_drop_in",
    "third slot of an exchange": "test_third_slot_of_an_exchange_has_to_exist",
    "errors of its own": "test_what_mtx_can_not_have_is_one_line_of_its_own",
    "cleaning cartridges": "test_slots_in_order_pass_over_a_cleaner_that_may_not_be_loaded",
    "control characters": "test_control_characters_of_a_device_are_question_marks",
    "no slot is known": "test_library_that_tells_nothing_of_its_slots_has_no_empty_status",
    "device in the header": "test_name_in_the_header_of_a_virtual_library_has_no_colon",
    "names of libraries": "test_library_is_meant_by_its_id",
}
"""And the test that shows it."""
