from __future__ import annotations

from changer.smc.tape_alert import tape_alert_words


def test_flags_of_a_drive_are_in_words() -> None:
    assert tape_alert_words(3) == "hard error"
    assert tape_alert_words(20) == "clean now"
    assert tape_alert_words(21) == "clean periodically"
    assert tape_alert_words(60) == "overwrite attempted on a WORM medium"


def test_every_flag_has_words_of_its_own_or_is_reserved() -> None:
    words = [tape_alert_words(flag) for flag in range(1, 65)]
    told = [each for each in words if each != "reserved"]
    assert len(told) == len(set(told)) == 57
    assert [flag for flag in range(1, 65) if tape_alert_words(flag) == "reserved"] == [
        *(47, 48, 49),
        *(61, 62, 63, 64),
    ]
