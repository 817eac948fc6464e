"""What became of a text: the original beside the edited wording, with the words that differ marked."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from advice import markup

# Beyond so many words on either side the comparison could take seconds: then whole paragraphs are marked.
MOST_WORDS = 4_000
_PARAGRAPH = "\n"


@dataclass(frozen=True)
class Run:
    """Words that stand together, all of them in both texts or none."""

    text: str
    differs: bool


Paragraphs = list[list[Run]]


def differ(original: str, edited: str) -> tuple[Paragraphs, Paragraphs]:
    """The plain text `original` and the Markdown `edited`, as paragraphs of runs. Nothing is escaped yet."""
    return _compare(_plain(original), markup.blocks(markup.render(edited)))


def between(former: str, later: str) -> tuple[Paragraphs, Paragraphs]:
    """Two states of one text, as it was typed."""
    return _compare(_plain(former), _plain(later))


def _plain(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _compare(before: list[str], after: list[str]) -> tuple[Paragraphs, Paragraphs]:
    ours, theirs = _tokens(before), _tokens(after)
    if max(len(ours), len(theirs)) > MOST_WORDS:
        kept = set(before) & set(after)
        return [[Run(one, one not in kept)] for one in before], [[Run(one, one not in kept)] for one in after]
    removed, added = set(range(len(ours))), set(range(len(theirs)))
    for block in SequenceMatcher(None, ours, theirs).get_matching_blocks():
        removed -= set(range(block.a, block.a + block.size))
        added -= set(range(block.b, block.b + block.size))
    return _runs(ours, removed), _runs(theirs, added)


def _tokens(paragraphs: list[str]) -> list[str]:
    tokens: list[str] = []
    for paragraph in paragraphs:
        tokens += [*paragraph.split(), _PARAGRAPH]
    return tokens


def _runs(tokens: list[str], differing: set[int]) -> Paragraphs:
    paragraphs: Paragraphs = [[]]
    for (is_break, differs), group in groupby(
        enumerate(tokens), key=lambda at: (at[1] == _PARAGRAPH, at[0] in differing)
    ):
        if is_break:
            paragraphs.append([])
        else:
            paragraphs[-1].append(Run(" ".join(token for _, token in group), differs))
    return [paragraph for paragraph in paragraphs if paragraph]
