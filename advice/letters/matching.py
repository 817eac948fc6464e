"""Whether a letter has the words of a red-flag rule, and where they stand.

Words are folded and stemmed as search does it. A letter is read once, word by word, and each word is compared with the few
phrases that begin with it, so the time grows with the letter's length, whatever stands in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from advice.search.words import folded, stem

GAP = 5  # words that “…” stands for at most
LONGEST_PHRASE = 10
MOST_PHRASES = 400

# A word, with what is invisible in it and with accents written apart from their letters.
_INVISIBLE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060"
_LETTERS = rf"[^\W_](?:[^\W_]|[{_INVISIBLE}])*"
_WORD = re.compile(rf"{_LETTERS}(?:['’ʼ`´‘]{_LETTERS})*")
_UNSEEN = re.compile(rf"[{_INVISIBLE}`´‘]")
_DOTS = re.compile(r"…|\.{2,}")
_SENTENCE_END = re.compile(r"[!?]|\.(?!\.)|\n\s*\n")
_CLAUSE_END = re.compile(r"[^\s'’\"“”*_-]")
_ENTRIES = re.compile(r"[,;\n]")
_LONGEST_WORD = 60


# Contractions, with their apostrophe or without it, as the words they stand for. (“I'd” is “I had”, as in “I wish I'd”:
# what “I would” comes before is looked for without it.)
_NOT = [
    "do",
    "does",
    "did",
    "is",
    "was",
    "are",
    "were",
    "has",
    "have",
    "had",
    "could",
    "would",
    "should",
    "must",
    "need",
    "might",
]
_PLAIN = {
    **{f"{verb}nt": (verb, "not") for verb in _NOT},
    **dict.fromkeys(["cant", "cannot"], ("can", "not")),
    "wont": ("will", "not"),
    "aint": ("is", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "id": ("i", "had"),
    "wanna": ("want", "to"),
    "gonna": ("going", "to"),
    "gotta": ("got", "to"),
    "tryna": ("trying", "to"),
    "dunno": ("do", "not", "know"),
    "anymore": ("any", "more"),
    "theyre": ("they", "are"),
    "youre": ("you", "are"),
    "theyd": ("they", "had"),
    "theyve": ("they", "have"),
    "thats": ("that", "is"),
    "theres": ("there", "is"),
    "whats": ("what", "is"),
}
# Only with it: “well”, “ill”, “were” and “shed” are words of their own, and “Sunday's” is not “Sunday is”.
_ENDINGS = {"ll": "will", "re": "are", "ve": "have", "d": "had"}
_IS = frozenset(["he", "she", "it", "there", "here", "what", "where", "who", "how", "that"])
_APOSTROPHE = re.compile("['’ʼ`´‘]")


def _expanded(written: str, word: str) -> tuple[str, ...]:
    if word in _PLAIN:
        return _PLAIN[word]
    front, *end = map(folded, _APOSTROPHE.split(written))
    if len(end) == 1 and front:
        if end[0] in _ENDINGS:
            return front, _ENDINGS[end[0]]
        if end[0] == "s" and front in _IS:
            return front, "is"
    return (word,)


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    stem: str
    start: int
    end: int
    sentence: int
    clause: int


def read(text: str) -> list[Token]:
    """The words of a letter, in their order."""
    tokens: list[Token] = []
    last = sentence = clause = 0
    for found in _WORD.finditer(text):
        between = text[last : found.start()]
        last = found.end()
        clause += _CLAUSE_END.search(between) is not None or "\n\n" in between
        sentence += _SENTENCE_END.search(_DOTS.sub("…", between)) is not None
        written = found.group()[: 4 * _LONGEST_WORD]
        for word in _expanded(written, folded(_UNSEEN.sub("", written))[:_LONGEST_WORD]):
            if word:
                tokens.append(Token(word, stem(word), found.start(), found.end(), sentence, clause))
    return tokens


@dataclass(frozen=True, slots=True)
class Step:
    """One word of a phrase: its stem or, in quotes, the word as it is written."""

    word: str
    exact: bool
    after_gap: bool

    def fits(self, token: Token) -> bool:
        return self.word == (token.word if self.exact else token.stem)


Phrase = tuple[Step, ...]


def phrase(text: str) -> Phrase:
    """“wish … dead”: words that follow one another, with up to GAP others where the dots stand."""
    exact = text.strip().startswith(('"', "“"))
    steps: list[Step] = []
    for number, part in enumerate(_DOTS.split(text)):
        for position, token in enumerate(read(part)):
            word = token.word if exact else token.stem
            steps.append(Step(word, exact, after_gap=bool(number and steps) and position == 0))
    return tuple(steps)


def phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(filter(None, (phrase(entry) for entry in _ENTRIES.split(text))))


@dataclass(frozen=True)
class Pattern:
    """All of `groups` must be there, each by any of its phrases. What stands within one of `without` does not count."""

    groups: tuple[tuple[Phrase, ...], ...]
    without: tuple[Phrase, ...]

    def starting(self, place: str) -> dict[str, list[tuple[int, Phrase]]]:
        """Its phrases by how they begin: by a stem (`place` is "stem") or by a word as it is written ("word")."""
        index: dict[str, list[tuple[int, Phrase]]] = {}
        for number, group in enumerate((self.without, *self.groups)):
            for one in group:
                if one[0].exact == (place == "word"):
                    index.setdefault(one[0].word, []).append((number, one))
        return index


class Compiled:
    def __init__(self, pattern: Pattern) -> None:
        self.groups = len(pattern.groups)
        self.by_stem, self.by_word = pattern.starting("stem"), pattern.starting("word")

    def beginning_with(self, token: Token) -> Iterable[tuple[int, Phrase]]:
        yield from self.by_stem.get(token.stem, ())
        yield from self.by_word.get(token.word, ())


@lru_cache(maxsize=1_000)
def compiled(words: str, without: str) -> Compiled:
    """`words`: a group a line, its phrases between commas. `without`: phrases between commas or on lines."""
    groups = tuple(filter(None, map(phrases, words.splitlines())))
    return Compiled(Pattern(groups, phrases(without)))


@dataclass(frozen=True, slots=True)
class Hit:
    group: int
    first: int
    after: int  # the token after its last one


@dataclass(frozen=True)
class Match:
    """Where a rule's words stand, from character to character. `is_denied`: they are there, and said not to be so."""

    spots: tuple[tuple[int, int], ...]
    is_denied: bool = False


def find(rule: Compiled, tokens: list[Token], *, heed_denial: bool = False) -> Match | None:
    """Gives None where a letter does not have the words. A denial never hides that they are there."""
    hits = _counting(_hits(rule, tokens))
    if not rule.groups or len({hit.group for hit in hits}) < rule.groups:
        return None
    denied = _denied(hits, tokens) if heed_denial else set()
    said = [hit for hit in hits if hit not in denied]
    if len({hit.group for hit in said}) < rule.groups:
        return Match(_spots(hits, tokens), is_denied=True)
    return Match(_spots(said, tokens))


def _hits(rule: Compiled, tokens: list[Token]) -> list[Hit]:
    found = []
    for at, token in enumerate(tokens):
        for group, wanted in rule.beginning_with(token):
            after = _after(wanted, 1, tokens, at + 1)
            if after:
                found.append(Hit(group, at, after))
    return found


def _after(wanted: Phrase, step: int, tokens: list[Token], at: int) -> int:
    """Where the rest of a phrase, from `step` on, has ended; 0 where it does not follow."""
    while step < len(wanted):
        if wanted[step].after_gap:
            break
        if at >= len(tokens) or not wanted[step].fits(tokens[at]):
            return 0
        step, at = step + 1, at + 1
    if step == len(wanted):
        return at
    for place in range(at, min(at + GAP + 1, len(tokens))):
        if tokens[place].sentence != tokens[at - 1].sentence:
            return 0
        if wanted[step].fits(tokens[place]):
            after = _after(wanted, step + 1, tokens, place + 1)
            if after:
                return after
    return 0


def _counting(hits: list[Hit]) -> list[Hit]:
    """Hits that do not lie within one of what does not count (group 0)."""
    excepted = [hit for hit in hits if hit.group == 0]
    counting, reach, following = [], 0, 0
    for hit in hits:  # they stand in the order of their first words, and so does what is excepted
        while following < len(excepted) and excepted[following].first <= hit.first:
            reach = max(reach, excepted[following].after)
            following += 1
        if hit.group and hit.after > reach:
            counting.append(hit)
    return counting


# What may stand between a denial and what it denies: “I have no real pain”, “it does not feel at all warm”.
_DENIALS = frozenset(["no", "not", "never", "without", "nor", "neither"])
_BETWEEN = frozenset(
    [
        "a",
        "an",
        "the",
        "any",
        "my",
        "real",
        "really",
        "at",
        "all",
        "even",
        "been",
        "be",
        "being",
        "is",
        "have",
        "had",
        "having",
        "get",
        "got",
        "getting",
        "feel",
        "feels",
        "felt",
        "feeling",
        "notice",
        "noticed",
        "sign",
        "signs",
        "of",
    ]
)
# What makes a doubt of it: “I cannot say that I have no pain”.
_DOUBTS = _DENIALS | frozenset(["if", "unless", "whether", "why"])
_FURTHEST, _BEFORE = 5, 8
# What takes it back, before it or after it: “no chest pain until I run”, “I never fainted before Sunday”.
_TURNS = frozenset(
    [
        "until",
        "till",
        "unless",
        "except",
        "excepting",
        "besides",
        "before",
        "since",
        "now",
        "nowadays",
        "lately",
        "recently",
        "yet",
        "if",
        "whenever",
        "otherwise",
        "usually",
        "normally",
        "mostly",
        "generally",
        "comes",
        "came",
        "returns",
        "returned",
        "anymore",
    ]
)
_TURNING_PAIRS = frozenset(
    [("at", "rest"), ("apart", "from"), ("other", "than"), ("as", "long"), ("so", "far"), ("any", "more")]
)
# These turn it only with a word that says when: “only when I run” does, “only a stitch” does not.
_HALF_TURNS = {
    "only": 2,
    "just": 2,
    "merely": 2,
    "but": 6,
    "though": 6,
    "although": 6,
    "however": 6,
    "then": 6,
}
_PLACES = frozenset(
    ["on", "at", "in", "with"]
)  # only right after it: “but on hills”, not “but it aches on the left”
_WHEN = frozenset(
    [
        "when",
        "while",
        "during",
        "after",
        "once",
        "twice",
        "again",
        "sometimes",
        "occasionally",
        "often",
        "today",
        "yesterday",
        "tonight",
        "last",
        "this",
        "then",
        "started",
        "starts",
        "start",
        "begins",
        "began",
        "bit",
        "little",
        "slight",
        "slightly",
        "mild",
        "every",
        "each",
        "does",
        "did",
        "do",
        "run",
        "running",
        "runs",
        "racing",
        "training",
        "climbing",
        "uphill",
        "hills",
        "stairs",
    ]
)
_TURNS_WITHIN = 14  # words after it, and into the next sentence as far as its beginning
_NEXT_BEGINS = 4


def _denied(hits: list[Hit], tokens: list[Token]) -> set[Hit]:
    """Only what is denied beyond doubt: right before it, in the same clause, and once."""
    denied: set[Hit] = set()
    ends: set[int] = set()
    for hit in hits:
        at, clause = hit.first - 1, tokens[hit.first].clause
        # “no swelling or warmth” denies both.
        goes_on = at > 0 and tokens[at].word in {"or", "nor"} and tokens[at].clause == clause and at in ends
        if (goes_on or _is_denied(tokens, hit.first)) and not _is_turned(tokens, hit):
            denied.add(hit)
            ends.add(hit.after)
    return denied


def _is_denied(tokens: list[Token], first: int) -> bool:
    clause, at = tokens[first].clause, first - 1
    while at >= 0 and first - at <= _FURTHEST and tokens[at].clause == clause:
        word = tokens[at].word
        if word in _DENIALS:
            before = [token.word for token in tokens[max(0, at - _BEFORE) : at] if token.clause == clause]
            return _DOUBTS.isdisjoint(before) and before[-1:] not in (["can"], ["could"])
        if word not in _BETWEEN:
            return False
        at -= 1
    return False


def _is_turned(tokens: list[Token], hit: Hit) -> bool:
    """Whether what stands round a denial takes it back. In doubt it does: a card too many costs less than one too few."""
    sentence = tokens[hit.first].sentence
    before = [one.word for one in tokens[max(0, hit.first - _BEFORE) : hit.first] if one.sentence == sentence]
    following = tokens[hit.after : hit.after + _TURNS_WITHIN]
    rest = [one.word for one in following if one.sentence == sentence]
    beginning = [one.word for one in following[len(rest) : len(rest) + _NEXT_BEGINS]]
    return any(map(_turns, (before, rest, beginning)))


def _turns(words: list[str]) -> bool:
    if not _TURNS.isdisjoint(words) or not _TURNING_PAIRS.isdisjoint(pairwise(words)):
        return True
    return any(
        not _WHEN.isdisjoint(words[at + 1 : at + 1 + _HALF_TURNS[word]])
        or not _PLACES.isdisjoint(words[at + 1 : at + 2])
        for at, word in enumerate(words)
        if word in _HALF_TURNS
    )


def _spots(hits: Iterable[Hit], tokens: list[Token]) -> tuple[tuple[int, int], ...]:
    """Their places in the text, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda hit: (hit.first, hit.after)):
        start, end = tokens[hit.first].start, tokens[hit.after - 1].end
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
