"""Names of people. With no list of all names, what counts is how a word is written, what it is otherwise, and what
stands around it: a title, a relation, what somebody does, a given name before it."""

import re
from collections.abc import Iterator

from advice.anonymity import vocabulary
from advice.anonymity.sorts import Sort, Span
from advice.anonymity.vocabulary import section
from advice.anonymity.words import NOBODY, Letter, Word

TITLES = section("titles")
KIN = section("kin titles")
CAPITAL_ONLY = section("titles with a capital only")
RELATIONS = section("relations")
ACTS = section("what people do")
# Titles that are words as well: before a common word they are no title ("miss the bus", "my doctor says").
_LOOSE_TITLES = frozenset({"miss", "sir", "doctor", "professor", "col", "dame", "ms"})
_PARTICLES = section("within surnames")
# In small letters these are what somebody does or is, and no name.
_VERBLIKE = section("names that are verbs")
_SEASONS = section("names that are seasons")
_OBJECTS = frozenset({"me", "my", "how", "her", "him", "us", "them", "that"})
_OWNERS = frozenset({"my", "our", "his", "her", "their", "your"})
_PLACING = section("before a place or a person")
# "known poppy since …", "asked amber if …"
_MEETING = section("what is done to somebody")
_AFTER_OBJECT = section("after somebody")
_GREETING = frozenset({"and", "with", "dear", "hi", "love", "cheers", "thanks"})
# What a thing may do as well, so that it makes no person of "Hope has …", "Art left …".
_ANYTHING_DOES = section("what things do")
_INTRODUCING = re.compile(r"(?:name is|name's|names|call me|calls me|called me|known as)$")
_BEING = re.compile(r"(?:^| )(?:i'm|i am|im|this is|it's|signed|yours|love|from)$")
_MOST = 6  # words in one name


class Names:
    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.words = letter.words
        self.taken: set[int] = set()  # words that are part of a find already
        self.learnt: set[str] = set()  # names found by their surroundings count wherever they stand again

    def find(self) -> Iterator[Span]:
        spans = [span for at in range(len(self.words)) if at not in self.taken and (span := self._at(at))]
        yield from spans
        for at, word in enumerate(self.words):
            fresh = at not in self.taken and not self.letter.public[at]
            if fresh and word.key in self.learnt and (word.text[0].isupper() or self.letter.small):
                yield self._make(word.start, word.end, "a friend")

    def _at(self, at: int) -> Span | None:
        if self._titled(at):
            return self._titled_span(at)
        if (relation := self._relation(at)) is not None:
            return self._span(at, relation)
        if self._introduced(at) or self._plain(at):
            return self._span(at, None)
        return None

    # -- a title before it
    def _titled(self, at: int) -> bool:
        title = self.words[at]
        if (title.key not in TITLES and title.key not in KIN) or title.key in {"st", "ste"}:
            return False
        after = self._next(at)
        if after is None or not re.fullmatch(r"\.?[ \u00a0]", after.gap) or after.key in TITLES:
            return False
        if title.key in CAPITAL_ONLY and not title.capital:
            return False
        return self._is_surname(at + 1, title)

    def _is_surname(self, at: int, title: Word) -> bool:
        word = self.words[at]
        public = self.letter.public[at]
        if public and self.letter.public[at - 1] == public and not word.given:
            return False  # "Dr Google", "Father Christmas", "Mother's Day"
        if word.initial:
            return True
        if word.shouted or not word.capital:
            return self._is_small_surname(at, title)
        if title.key in CAPITAL_ONLY:
            return (not title.opens and not public and not word.common) or word.given
        if title.key in TITLES and title.key not in _LOOSE_TITLES:
            return True
        return word.given or word.ambiguous or not (word.common or public or word.acronym)

    def _is_small_surname(self, at: int, title: Word) -> bool:
        word, after = self.words[at], self._next(at)
        if word.key in _PARTICLES and after and after.capital:
            return True
        same = self.letter.public[at] == self.letter.public[at - 1]
        public = self.letter.public[at] and (same or title.key in _LOOSE_TITLES)
        if not word.given and (word.common or public or word.key.endswith("n't")):
            return False
        if title.key in _LOOSE_TITLES and not word.given:
            return self._acts(at)
        return title.key in TITLES or self.letter.loose(word) or word.given

    def _titled_span(self, at: int) -> Span:
        title, before = self.words[at], self.letter.near(at, 1)
        end = self._extend(at + 1)
        self._take(at, end)
        owned = before is not None and before.key in _OWNERS and title.key in RELATIONS
        return self._make(title.start, self.words[end].end, title.text if owned else _for_title(title.key))

    # -- "my sister Anna", "my boss, priya,", "a friend called Mo"
    def _relation(self, at: int) -> Word | None:
        """The word before a name that says who it is."""
        word, before = self.words[at], self.letter.near(at, 1)
        if before is None or (
            self.letter.public[at] and not ((word.given or word.ambiguous) and word.capital)
        ):
            return None
        if before.key in {"called", "named"}:
            who = self.letter.near(at, 2)
            plain = word.gap.strip(" \"“'‘") == ""
            return (who or before) if plain and self._could_be_name(at, sure=True) else None
        if before.key not in RELATIONS or not re.fullmatch(r"[ ,(:–—\"“'‘\n-]{1,3}", word.gap):
            return None
        owner = self.letter.near(at, 2)
        owned = owner is not None and (owner.key in _OWNERS or owner.key in {"a", "the", "old", "best"})
        return before if self._could_be_name(at, sure=word.gap == " ", owned=owned) else None

    def _could_be_name(self, at: int, *, sure: bool, owned: bool = True) -> bool:
        """Whether a word may be a name where one is expected."""
        word = self.words[at]
        if word.key in NOBODY or len(word.key) < 2:
            return False
        if word.given:
            return True
        if word.capital and not self.letter.loose(word):
            if word.ambiguous:
                return word.key not in _SEASONS or sure
            expected = sure and owned and not word.opens and not word.key.endswith("ly")
            return not (self.letter.public[at] or word.acronym) and (expected or not word.common)
        if word.ambiguous:
            return word.key not in _VERBLIKE and self._acts(at)
        unknown = not word.common and not self.letter.public[at] and len(word.key) > 2
        after = self._next(at)
        told = self._acts(at) or (after is not None and after.key in _AFTER_OBJECT)
        return (
            sure and unknown and told and not word.key.endswith(("nt", "n't", "s", "s'", "ve", "ed", "ing"))
        )

    def _acts(self, at: int) -> bool:
        """Whether something is told of it, or the phrase ends here."""
        after = self._next(at)
        if after is None or after.gap.strip(" ") != "":
            return True
        return (
            after.key in ACTS or after.key in {"and", "is", "was", "who", "will"} or after.key.endswith("ed")
        )

    # -- "my name is …", "I'm Tom", "call me Jo"
    def _introduced(self, at: int) -> bool:
        word = self.words[at]
        said = " ".join(w.key for w in (self.letter.near(at, n) for n in (3, 2, 1)) if w)
        if _INTRODUCING.search(said):
            named = word.capital or word.given or not word.common
            return named and word.key not in NOBODY and not self.letter.public[at]
        if not _BEING.search(said) or not re.fullmatch(r",?[ \n]", word.gap):
            return False
        if word.capital and not self.letter.loose(word):
            return word.given or (word.ambiguous and word.key not in _SEASONS)
        return word.given and not word.common

    # -- the word itself
    def _plain(self, at: int) -> bool:
        word = self.words[at]
        if word.key in NOBODY or word.key in TITLES or (len(word.key) < 2 and not word.initial):
            return False
        if not word.capital or word.shouted:
            return self._is_small_name(at)
        if word.given and not (self.letter.public[at] and self._placed(at)):
            return not self._is_famous(at)
        if self.letter.public[at]:
            return False
        if word.ambiguous:
            return self._is_ambiguous_name(at)
        if word.initial:
            return self._initials(at)
        if word.common or word.acronym:
            return False
        return not word.opens or word.key in self.learnt or self._is_somebody(at)

    def _is_somebody(self, at: int) -> bool:
        """Whether a strange word at the beginning of a sentence is a person: it acts, owns, or is explained."""
        word, after = self.words[at], self._next(at)
        if self._speaks(at) or self._surname_follows(at):
            return True
        if self.letter.text[word.end : word.end + 2] in {"'s", "’s"}:
            return True
        return after is not None and (
            (after.gap == ", " and after.key in {"my", "our", "who", "his", "her", "their"})
            or (after.gap == " " and after.key == "and" and self._pairs(at))
        )

    def _pairs(self, at: int) -> bool:
        """ "Zaki and I", "Zaki and her …"."""
        third = self.letter.near(at, -2)
        return third is not None and (third.key in {"i", "me", "my", "his", "her"} or third.given)

    def _is_famous(self, at: int) -> bool:
        """Part of a longer name that everybody knows, or a thing with a person's name ("Alexa", "Claude")."""
        if not self.letter.public[at]:
            return False
        for n in (at - 1, at + 1):
            if (
                0 <= n < len(self.words)
                and self.letter.public[n]
                and self.words[max(n, at)].gap.strip(" -'’s") == ""
            ):
                return True
        return not self._speaks(at) and (self.words[at].key,) not in vocabulary.places()

    def _placed(self, at: int) -> bool:
        """ "in Florence", "from Austin": the city, not the person."""
        before = self.letter.near(at, 1)
        return before is not None and before.key in _PLACING

    def _is_small_name(self, at: int) -> bool:
        word = self.words[at]
        if self.letter.public[at] or len(word.key) < 3:
            return False
        if word.given and not word.common and word.key not in vocabulary.small():
            return True
        if not (word.given or word.ambiguous) or word.key in _VERBLIKE:
            return False
        before, after = self.letter.near(at, 1), self._next(at)
        if before is not None and word.gap == " " and before.key in _MEETING:
            return self._acts(at) or (after is not None and after.key in _AFTER_OBJECT)
        if word.common:
            return False
        joined = before is not None and before.key in _GREETING and word.gap.strip() == "" and self._acts(at)
        return joined or (self._speaks(at) and (word.given or word.opens))

    def _is_ambiguous_name(self, at: int) -> bool:
        word, before, after = self.words[at], self.letter.near(at, 1), self._next(at)
        season = word.key in _SEASONS
        if not word.opens and not season:
            return not self._capitals_around(at)
        if before is None and after is None:
            return not season  # "There is this guy. Will."
        if after is not None and after.gap == " " and after.key in ACTS - _ANYTHING_DOES:
            return True
        return not season and self._surname_follows(at)

    def _capitals_around(self, at: int) -> bool:
        """Within a title of a book or a name of a thing: common words with capitals beside it."""
        around = (self.letter.near(at, 1), self.letter.near(at, -1))
        return any(
            w.capital and w.common and not w.opens and not w.given and w.key not in NOBODY
            for w in around
            if w
        )

    def _speaks(self, at: int) -> bool:
        after = self._next(at)
        if after is None or after.gap != " ":
            return False
        third = self.letter.near(at, -2)
        # "Sofiyka corrects me": any verb, where somebody or something is its object.
        verb = after.key.endswith("s") and vocabulary.is_common(after.key[:-1])
        return after.key in ACTS or (verb and third is not None and third.key in _OBJECTS)

    def _surname_follows(self, at: int) -> bool:
        after = self._next(at)
        if after is None or after.gap != " " or not after.capital or after.shouted:
            return False
        return not (after.common or after.acronym or self.letter.public[at + 1])

    def _initials(self, at: int) -> bool:
        """ "J. K. Marsh": the initials and a name after them."""
        for each in range(at, at + 4):
            after, point = self._next(each), self.letter.text[self.words[each].end : self.words[each].end + 1]
            if after is None or point != ".":
                return False
            if not after.initial:
                if each > at and after.gap == ". " and after.key in ACTS:
                    return True
                named = (
                    after.gap == ". "
                    and after.capital
                    and not after.acronym
                    and not self.letter.public[each + 1]
                )
                return named and (not after.common or not self.words[at].opens)
        return False

    # -- how far it goes
    def _extend(self, at: int) -> int:
        """The last word of the name that begins here."""
        end = at
        while (after := self._next(end)) is not None and end - at < _MOST:
            if re.fullmatch(r"\.? |-", after.gap) is None and not (after.gap == "." and after.initial):
                break
            if self._continues(end + 1):
                end += 1
            elif (
                after.key in _PARTICLES
                and (last := self._next(end + 1))
                and last.capital
                and self._continues(end + 2)
            ):
                end += 2
            else:
                break
        return end

    def _continues(self, at: int) -> bool:
        word, before = self.words[at], self.words[at - 1]
        if word.gap.startswith(".") and not (before.initial or before.key in TITLES):
            return False
        if self.letter.loose(word):
            strange = (
                not word.common and not self.letter.public[at] and not word.key.endswith(("nt", "ed", "ing"))
            )
            return word.gap == " " and strange and (word.given or len(word.key) > 3)
        if not word.capital or word.key in NOBODY or (word.acronym and len(word.text) > 3):
            return False
        return word.initial or not self.letter.public[at] or word.given

    def _span(self, at: int, relation: Word | None) -> Span:
        start = at
        while (
            (before := self.letter.near(start, 1))
            and before.initial
            and self.words[start].gap in {". ", ".", " "}
        ):
            start -= 1
        end = self._extend(at)
        self._take(start, end)
        first, last = self.words[start], self.words[end]
        if relation is not None and first.gap == " " and relation.end + 1 == first.start:
            return self._make(relation.start, last.end, relation.text)
        return self._make(first.start, last.end, "a friend")

    def _take(self, start: int, end: int) -> None:
        self.taken.update(range(start, end + 1))
        for word in self.words[start : end + 1]:
            if len(word.key) > 2 and not word.common and not word.key.endswith(("n't", "nt")):
                self.learnt.add(word.key)

    def _next(self, at: int) -> Word | None:
        return self.letter.near(at, -1)

    @staticmethod
    def _make(start: int, end: int, suggestion: str) -> Span:
        return Span(Sort.PERSON, start, end, suggestion)


_FOR_TITLE = {
    "dr": "my doctor",
    "doctor": "my doctor",
    "doc": "my doctor",
    "prof": "my professor",
    "professor": "my professor",
    "coach": "my coach",
    "nurse": "a nurse",
}


def _for_title(title: str) -> str:
    if title in {"aunt", "auntie", "aunty", "uncle", "cousin", "grandma", "grandpa", "granny", "grandad"}:
        return f"my {title}"
    return _FOR_TITLE.get(title, "somebody I know")
