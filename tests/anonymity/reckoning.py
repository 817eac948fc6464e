"""Reads a corpus of letters with marked details, and counts what the check finds of them and what it finds besides.

`python -m tests.anonymity.reckoning [tune|held|all] [file]` prints the figures, each detail that was missed and each false alarm.
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from advice.anonymity import Find, find

HERE = Path(__file__).parent
_MARK = re.compile(r"\{\{(\w+):(.+?)\}\}", re.DOTALL)
_HEAD = re.compile(r"^## ", re.MULTILINE)
KINDS = ("email", "phone", "url", "handle", "postcode", "date", "person", "own", "work")


@dataclass(frozen=True)
class Planted:
    kind: str
    start: int
    end: int


@dataclass
class Sample:
    name: str
    private: list[str]
    allowed: list[str]
    text: str
    planted: list[Planted]

    @property
    def held_out(self) -> bool:
        """Every third letter was put aside before the rules were written."""
        return int(self.name) % 3 == 0


@dataclass
class Result:
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    letters: int = 0

    @property
    def recall(self) -> float:
        return self.found.total() / self.planted.total()

    @property
    def alarms_a_letter(self) -> float:
        return len(self.alarms) / self.letters


def read(path: Path = HERE / "letters.txt") -> list[Sample]:
    return [_sample(part) for part in _HEAD.split(path.read_text(encoding="utf-8"))[1:]]


def _sample(part: str) -> Sample:
    head, rest = part.split("\n", 1)
    fields: dict[str, list[str]] = {"private": [], "allowed": []}
    while (line := rest.split("\n", 1)[0]).partition(":")[0] in fields:
        key, _, values = line.partition(":")
        fields[key] = [value.strip() for value in values.split(";") if value.strip()]
        rest = rest.split("\n", 1)[1]
    text, planted = _stripped(rest.strip())
    return Sample(head.strip(), fields["private"], fields["allowed"], text, planted)


def _stripped(marked: str) -> tuple[str, list[Planted]]:
    text, planted, at = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        planted.append(Planted(match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], planted


def reckon(samples: list[Sample]) -> Result:
    result = Result(letters=len(samples))
    for sample in samples:
        finds = find(sample.text, private=sample.private, allowed=sample.allowed)
        for one in sample.planted:
            result.planted[one.kind] += 1
            if any(each.start < one.end and one.start < each.end for each in finds):
                result.found[one.kind] += 1
            else:
                result.missed.append(f"{sample.name} {one.kind}: {_around(sample.text, one.start, one.end)}")
        result.alarms += [
            f"{sample.name} {each.sort}: {_around(sample.text, each.start, each.end)}"
            for each in finds
            if not _is_planted(sample, each)
        ]
    return result


def _is_planted(sample: Sample, each: Find) -> bool:
    """A detail that is named again without a mark is no false alarm."""
    if any(each.start < one.end and one.start < each.end for one in sample.planted):
        return True
    marked = " ".join(sample.text[one.start : one.end] for one in sample.planted).casefold()
    return set(re.findall(r"\w+", each.text.casefold())) <= set(re.findall(r"\w+", marked))


def _around(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 30) : start]}[{text[start:end]}]{text[end : end + 20]}".replace("\n", " ")


def report(result: Result) -> str:
    kinds = "  ".join(f"{kind} {result.found[kind]}/{result.planted[kind]}" for kind in KINDS)
    return (
        f"{result.letters} letters: {result.found.total()} of {result.planted.total()} found ({result.recall:.1%}), "
        f"{result.alarms_a_letter:.2f} false alarms a letter\n{kinds}"
    )


def main(arguments: list[str]) -> None:
    which = arguments[0] if arguments else "tune"
    samples = read(Path(arguments[1])) if len(arguments) > 1 else read()
    chosen = {
        "all": samples,
        "tune": [s for s in samples if not s.held_out],
        "held": [s for s in samples if s.held_out],
    }[which]
    result = reckon(chosen)
    print("MISSED", *result.missed, "FALSE ALARMS", *result.alarms, report(result), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
