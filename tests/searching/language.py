"""A language by rule: words in the frequencies of a real one, so that there are common, middling and rare ones.

The n-th word comes one n-th as often as the first (Zipf), in four endings that a stemmer takes off. Among the first are
the small words of English, which a search passes over.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

ROOTS = 60_000
_SMALL = [
    "the",
    "and",
    "to",
    "of",
    "a",
    "i",
    "in",
    "it",
    "is",
    "that",
    "you",
    "my",
    "was",
    "for",
    "have",
    "with",
    "on",
    "this",
    "but",
    "be",
    "not",
    "as",
    "are",
    "do",
    "so",
    "if",
    "at",
    "what",
    "can",
    "me",
    "or",
    "they",
    "we",
    "he",
    "she",
    "an",
    "all",
    "would",
    "there",
    "when",
    "about",
    "from",
    "by",
    "your",
    "just",
    "no",
    "has",
    "been",
    "their",
    "one",
    "will",
]
_ENDINGS = {"": 0.6, "s": 0.2, "ing": 0.1, "ed": 0.1}
_ONSETS = [
    "b",
    "br",
    "c",
    "cl",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "r",
    "s",
    "sl",
    "st",
    "t",
    "tr",
    "v",
    "w",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "oo"]
_ENDS = ["ck", "d", "g", "ld", "lm", "m", "n", "nd", "nt", "p", "r", "rm", "rt", "t"]
HEADLINE, DEK, QUESTION, ANSWER = 8, 14, 80, 162
TAGS, COLUMNS, EXPERTS = 200, 5, 20

# In which share of the articles a word of each kind stands.
KINDS = {"rare": (0.0, 0.001), "middling": (0.015, 0.025), "common": (0.1, 0.6)}
LENGTHS = (1, 2, 3)
QUERIES, LETTERS = (
    402,
    50,
)  # of each kind, a third of each length, half of it for the door and half for the page; of each length
LETTER_WORDS = (60, 250)


def _roots() -> list[str]:
    dice = random.Random(1)
    found: dict[str, None] = {}
    while len(found) < ROOTS:
        syllables = [dice.choice(_ONSETS) + dice.choice(_VOWELS) for _ in range(dice.choice((1, 2, 2)))]
        found["".join([*syllables, dice.choice(_ONSETS), dice.choice(_VOWELS), dice.choice(_ENDS)])] = None
    return list(found)


class Language:
    def __init__(self) -> None:
        # The first twenty are small words, then every other one, and so a third of a text, as in English.
        small, roots = iter(_SMALL), iter(_roots())
        order = list(itertools.islice(small, 20))
        for word in small:
            order += [next(roots), word]
        self.roots = [*order, *roots]
        self.root_of: dict[str, str] = {}
        self._forms: list[str] = []
        weights: list[float] = []
        for rank, root in enumerate(self.roots, start=1):
            endings = {"": 1.0} if root in _SMALL else _ENDINGS
            for ending, share in endings.items():
                self._forms.append(root + ending)
                self.root_of.setdefault(root + ending, root)
                weights.append(share / rank)
        self._weights = list(itertools.accumulate(weights))

    def words(self, dice: random.Random, count: int) -> list[str]:
        return dice.choices(self._forms, cum_weights=self._weights, k=count)


@dataclass
class Piece:
    """An article's texts and the numbers of what it belongs to."""

    headline: list[str]
    dek: list[str]
    question: list[str]
    answer: list[str]
    tags: list[int]
    column: int
    expert: int


@dataclass
class Site:
    """The articles of a site of this size, and what is asked of it, the same in each run."""

    size: int
    counts: Counter[str] = field(default_factory=Counter)
    looked_at: list[Piece] = field(default_factory=list)  # a thousand, for queries that find something

    @cached_property
    def language(self) -> Language:
        return Language()

    def pieces(self) -> Iterator[Piece]:
        dice = random.Random(2)
        tags = list(range(TAGS))
        weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(TAGS)))
        for number in range(self.size):
            words = self.language.words(dice, HEADLINE + DEK + QUESTION + ANSWER)
            parts = iter(words)
            headline, dek, question, answer = (
                list(itertools.islice(parts, count)) for count in (HEADLINE, DEK, QUESTION, ANSWER)
            )
            chosen = sorted(set(dice.choices(tags, cum_weights=weights, k=4)))
            piece = Piece(
                headline, dek, question, answer, chosen, dice.randrange(COLUMNS), dice.randrange(EXPERTS)
            )
            self.counts.update(self._roots_of(piece))
            if number % max(1, self.size // 1_000) == 0:
                self.looked_at.append(piece)
            yield piece

    def _roots_of(self, piece: Piece) -> set[str]:
        return {self.language.root_of[word] for word in (*piece.headline, *piece.question, *piece.answer)}

    def asked(self) -> dict[str, list[str]]:
        """Queries by kind and number of words, letters by their length, and beginnings of headlines. After `pieces`."""
        dice = random.Random(3)
        small = set(_SMALL)
        asked: dict[str, list[str]] = {}
        for kind, (least, most) in KINDS.items():
            of_kind = {
                root
                for root, count in self.counts.items()
                if least <= count / self.size <= most and root not in small
            }
            known = [sorted(self._roots_of(piece) & of_kind) for piece in self.looked_at]
            for length in LENGTHS:
                enough = [roots for roots in known if len(roots) >= length]
                asked[f"{kind} {length}"] = [
                    " ".join(dice.sample(dice.choice(enough), length)) for _ in range(QUERIES // len(LENGTHS))
                ]
        for length in LETTER_WORDS:
            asked[f"letter {length}"] = [" ".join(self.language.words(dice, length)) for _ in range(LETTERS)]
        asked["beginning"] = [
            self._beginning(dice.choice(self.looked_at).headline, dice) for _ in range(QUERIES)
        ]
        return asked

    @staticmethod
    def _beginning(headline: Sequence[str], dice: random.Random) -> str:
        """What stands in the box after a few keys: whole words, and the next one unfinished."""
        whole = dice.choice((0, 0, 1, 2))
        return " ".join([*headline[:whole], headline[whole][: dice.choice((2, 3, 4, 5))]])
