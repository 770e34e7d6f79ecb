"""Every sentence that can reach a user is in plain English: messages, help, manual, documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("*.md", "man/*.[0-9]", "docs/*.md", "udev/README.md", "systemd/README.md")
# What other programs parse, word for word: mtx's output, and the functions of RSM.
VERBATIM = ("hooks/mtx/", "ntms/functions.py")
# What is counted, and so has to know one from many.
COUNTED = (
    "slots|drives|cartridges|cleanings|processes|libraries|operations|minutes|units|labels"
    "|problems|events|records|lines"
)


class Rule(NamedTuple):
    """Words that are refused, what to write instead, and a sentence that has them.

    ``in_documents``: also in Markdown, where people are spoken of.
    """

    pattern: str
    instead: str
    planted: str
    in_documents: bool = True


RULES = (
    Rule(
        r"(?<!there )\b(is|are|was|were|isn't) no (?!longer\b|more than\b)",
        "is not a",
        "'4-1' is no range of places",
    ),
    Rule(r"\b(is|are|be) none of\b", "must be one of", "transport is none of sg_raw, sg_io"),
    Rule(r"\bso long\b", "up to SECONDS", "wait so long for a busy library"),
    Rule(r"\bnobody\b|\bno one\b", "a passive, or what did not happen", "nobody did this in 600 s"),
    Rule(
        r"\b(who|whoever|whom)\b",
        "the user that, someone, or a passive",
        "whoever meets it prevents it again",
        in_documents=False,
    ),
    Rule(
        r"(?<!the )\bones? that\b", "the thing by its name", "one that can't be found is looked for"
    ),
    Rule(
        r"\btells\b|(?<!/)\btold\b|\b(not|may|must|should) tell\b",
        "reports",
        "the drive tells no serial number",
    ),
    Rule(
        r"\b(library|drive|device|kernel|robot|store|journal|libraries|drives) (says?|said)\b",
        "reports",
        "the library says that it is not there",
    ),
    Rule(r"\b(is|are|was|be) let\b", "is allowed to", "a library that scans is let do so"),
    Rule(r"\b(is|are|was|were|be|been|still) waited for\b", "waits for", "a person is waited for"),
    Rule(r"\bno rights? to\b", "no permission to", "no right to read the store"),
    Rule(r"\bclosed to you\b", "you have no access to", "its folder is closed to you"),
    Rule(
        r"\bworks? (the|a) (robot|library)\b|\bworks it\b",
        "controls",
        "changer works the robot of a tape library",
    ),
    Rule(r"\bwhat is where\b", "the inventory", "what is where in a library"),
    Rule(r"\bcleans? (left|allowed)\b|\bnumber of cleans\b", "cleanings left", "has 1 cleans left"),
    Rule(r" does it$", "reserve one with: COMMAND", "changer cleaner reserve SLOT does it"),
    Rule(r"\bone word too many\b", "unexpected argument", "'3' is one word too many"),
    Rule(r"\bwas meant\b", "did you mean", "'stop' was meant?"),
    Rule(r"\w\(s\)", "singular or plural", "2 slot(s) reserved"),
    Rule(rf"\b1 ({COUNTED})\b", "singular", "it has 1 cleanings left"),
    Rule(
        rf"(?<!of ){{[^{{}}]*}} ({COUNTED})\b",
        "count(number, word), or a word for one and a word for more",
        "it has {left} cleanings left",
    ),
)

# Sentences that keep words which a rule refuses, each with the reason.
KEPT = {
    "{moved} cartridges were": "of two at least; one has words of its own",
    "{before} processes are": "of two at least; one has words of its own",
    "{len(slots)} slots of {": "said only where there are several",
    "{len(addresses)} cartridges have the label {": "said only of a label that several have",
    "has {len(found)} cartridges {": "said only of a label that several have",
    "{family} drives": "a kind of drives, and no number of them",
    "it cleans {cleaner} drives": "a kind of drives, and no number of them",
}


class Sentence(NamedTuple):
    """Text for a user, and where it stands."""

    where: str
    text: str


def text_of(node: ast.AST) -> str | None:
    """The text of a string or f-string, with what is put in as {}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (
            str(each.value)
            if isinstance(each, ast.Constant)
            else f"{{{ast.unparse(each.value).replace('{', '').replace('}', '')}}}"
            for each in node.values
            if isinstance(each, ast.Constant | ast.FormattedValue)
        )
        return "".join(parts)
    return None


def docstrings(tree: ast.AST) -> set[int]:
    """What is written for programmers: texts that stand alone."""
    return {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}


def sentences_of(tree: ast.AST, where: str) -> Iterator[Sentence]:
    """Texts of more than one word: whatever takes them, any may be printed some day."""
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(each) for each in ast.walk(node)} - {id(node)}
    for node in ast.walk(tree):
        text = None if id(node) in skipped else text_of(node)
        if text and len(text.split()) > 1 and not is_sql(text):
            yield Sentence(f"{where}:{getattr(node, 'lineno', 0)}", text)


def is_sql(text: str) -> bool:
    return re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE|PRAGMA|CREATE|WITH) ", text) is not None


def printed() -> Iterator[Sentence]:
    """The sentences of the program."""
    for path in sorted((ROOT / "changer").rglob("*.py")):
        name = str(path.relative_to(ROOT / "changer"))
        if not name.startswith(VERBATIM):
            yield from sentences_of(ast.parse(path.read_text()), f"changer/{name}")


def written() -> Iterator[Sentence]:
    """The paragraphs of man pages and documents, without examples of code."""
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text()
            text = (
                plain_manual(text)
                if path.suffix == ".1"
                else re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
            )
            for paragraph in re.split(r"\n\s*\n", text):
                yield Sentence(str(path.relative_to(ROOT)), " ".join(paragraph.split()))


def plain_manual(text: str) -> str:
    """The text of a man page: macros are gone, and paragraphs stand apart."""
    lines = []
    for line in text.splitlines():
        macro = re.match(r"\.(\w+) ?(.*)", line)
        if macro is None:
            lines.append(line)
        elif macro[1] in ("Pp", "It", "Sh", "Ss", "Bl", "El", "Bd", "Ed"):
            lines += ["", macro[2] if macro[1] in ("Sh", "Ss", "It") else "", ""]
        else:
            lines.append(re.sub(r"\b(Ns|No|Ic|Ar|Cm|Fl|Va|Ev|Pa|Em|Li|Ql) ", "", macro[2]))
    return "\n".join(lines)


def refused(sentence: Sentence) -> Iterator[str]:
    """What is wrong with a sentence; the names of what is put in are none of its words."""
    if any(kept in sentence.text for kept in KEPT):
        return
    words = re.sub(r"{[^{}]*}", "{}", sentence.text)
    for rule in RULES:
        if ".md" in sentence.where and not rule.in_documents:
            continue
        for found in re.finditer(rule.pattern, words, re.IGNORECASE):
            start, end = max(0, found.start() - 40), found.end() + 40
            around = " ".join(words[start:end].split())
            yield f"{sentence.where}: ...{around}... ({rule.instead})"


@pytest.mark.parametrize("rule", RULES, ids=[each.instead for each in RULES])
def test_each_rule_refuses_a_planted_sentence(rule: Rule) -> None:
    source = f"raise UsageError(f{rule.planted!r}, hint='try again')"
    planted = list(sentences_of(ast.parse(source), "planted"))
    assert rule.planted in [each.text for each in planted]
    told = [line for each in planted for line in refused(each)]
    assert any(line.endswith(f"({rule.instead})") for line in told), told


@pytest.mark.parametrize(
    "text",
    [
        "there is no state store /var/lib/changer/state.db",
        "slot 12 is not a drive",
        "it has {count(left, 'cleaning')} left",
        "the library no longer lists element 1012",
        "can't tell what is in slot 12",
    ],
)
def test_plain_sentences_pass(text: str) -> None:
    assert list(refused(Sentence("planted", text))) == []


def test_a_planted_paragraph_of_the_manual_is_seen() -> None:
    manual = ".It Ic recover\nA person is\nwaited for, and\n.Ar PLACE\nis no drive.\n.Pp\nMore."
    paragraphs = re.split(r"\n\s*\n", plain_manual(manual))
    told = [line for each in paragraphs for line in refused(Sentence("", " ".join(each.split())))]
    assert len(told) == 2


def test_the_program_speaks_plain_english() -> None:
    assert [line for each in printed() for line in refused(each)] == []


def test_the_manual_and_the_documents_are_in_plain_english() -> None:
    assert [line for each in written() for line in refused(each)] == []


def test_every_kept_sentence_is_there_and_would_be_refused() -> None:
    texts = [each.text for each in (*printed(), *written())]
    for kept in KEPT:
        assert any(kept in text for text in texts), kept
        words = re.sub(r"{[^{}]*}", "{}", kept)
        assert any(re.search(rule.pattern, words, re.IGNORECASE) for rule in RULES), kept
