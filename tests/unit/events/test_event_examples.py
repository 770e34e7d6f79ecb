"""The example programs of docs/events.md do what they are there for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from documents import document

from changer.events.document import event_json
from changer.events.kinds import RULES
from changer.events.run_program import run_with
from changer.store.records import EventRecord

from .event_programs import script

PAGE = document("docs/events.md")
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def example(language: str) -> str:
    """The text of the first block in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def event(kind: str) -> dict[str, object]:
    return event_json(
        EventRecord(7, "LIB", kind, "", "", 1e9, "slot 1 is open", '{"slot": 1}', None, None)
    )


def given(tmp_path: Path, language: str, kind: str, called: str) -> str | None:
    """What an example sends of an event, by the program ``called``, for which another stands in."""
    sent = tmp_path / "sent"
    stand_in = script(tmp_path / "stand-in", f'echo "$@" >{sent}', f"cat >>{sent}")
    text = example(language)
    assert called in text
    file = tmp_path / "example"
    file.write_text(text.replace(called, str(stand_in)))
    file.chmod(0o755)
    content = json.dumps(event(kind)).encode()
    assert run_with([str(file)], content, environment=ENVIRONMENT) is None
    return sent.read_text() if sent.exists() else None


@pytest.mark.parametrize("kind", RULES)
def test_mail_is_sent_of_errors_and_worse(tmp_path: Path, kind: str) -> None:
    mail = given(tmp_path, "python", kind, "/usr/sbin/sendmail")
    if RULES[kind].severity in ("error", "critical"):  # type: ignore[index]
        assert mail is not None
        assert mail.startswith("-t\nTo: root\n")
        assert kind in mail and "slot 1 is open" in mail and '"slot": 1' in mail
    else:
        assert mail is None


def test_webhook_posts_the_document(tmp_path: Path) -> None:
    sent = given(tmp_path, "sh", "move-open", "curl")
    assert sent is not None
    words, _, body = sent.partition("\n")
    assert words.endswith("--data-binary @- https://hooks.example.org/changer")
    assert json.loads(body) == event("move-open")


def test_document_of_the_page_has_the_keys_of_a_true_one() -> None:
    assert [*json.loads(example("json"))] == [*event("cleaner-low")]
