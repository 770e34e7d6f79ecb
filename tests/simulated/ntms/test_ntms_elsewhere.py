"""The functions of the Removable Storage Manager, where another host owns the libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer import ntms
from changer.errors import ChangerError


def test_a_library_of_another_host_is_not_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = tmp_path / "changer.toml"
    configuration.write_text('manager = "ssh://owner.invalid"\n')
    monkeypatch.setenv("CHANGER_CONFIG", str(configuration))
    met: list[ChangerError] = []
    session = ntms.OpenNtmsSession(None, "test")
    session.on_error = met.append
    library = "01234567-89ab-cdef-0123-456789abcdef"
    assert ntms.ReleaseNtmsCleanerSlot(session, library) == 2250
    assert "owner.invalid" in met[0].message
