"""Employers, schools, clubs and the like, and places too small to hide in."""

import re
from collections.abc import Iterator

from advice.anonymity import vocabulary
from advice.anonymity.sorts import Sort, Span
from advice.anonymity.vocabulary import section, sections
from advice.anonymity.words import Letter

# What an organisation is called after, and the neutral word for it: some say so beside any word with a capital, others
# only beside a word that is no common one, or where somebody works.
_SURELY = {word: neutral for neutral, words in sections("surely ").items() for word in words}
_KINDS = {word: neutral for neutral, words in sections("maybe ").items() for word in words} | _SURELY
_STATES = section("states") | {"NSW", "VIC", "QLD", "TAS", "ON", "BC", "AB", "SK", "QC", "NS"}

_BETWEEN = r"(?:\s[\w’',-]+){0,5}?"
_WORKING = re.compile(
    r"\b(?:(?:i['’]?m|i am|as|was) an?|works?|worked|working|jobs?|employed|employer|shifts?|nights|days|nurs(?:e|ing)|teach(?:es|ing|er)?|taught|lectur(?:e|er|ing)|stud(?:y|ied|ying|ent)|"
    r"manager?|engineer|cleaner?|cook|chef|driver?|volunteer(?:ing)?|intern(?:ship)?|apprentice|retired?|redundant|sacked|fired|hired|start(?:ed)?|joined|trained|cashier|"
    r"receptionist|secretary|assistant|accountant|boss|porter|clerk|partner|director|consultant|carer|office|staff|go(?:es)?|attends?|enrolled|fitter|welder|guard|"
    r"caretaker|librarian|paramedic|midwife|ward|contract|colleagues?|coach|developer|programmer|analyst|supervisor|post|temp|temping|everybody|everyone|people|pharmacist|"
    r"appointment|branch|depot|plant|interview|offer|career|employee|crew|hours|gig)\b"
    rf"{_BETWEEN}\s(?:at|for|with|by|from|in|of|to)\s(?:the\s|a\s)?$",
    re.IGNORECASE,
)  # fmt: skip
_LIVING = re.compile(
    r"\b(?:liv(?:es?|ed|ing)|mov(?:es?|ed|ing)|based|born|raised|grew up|brought up|settled|retired|hometown|home|writing|from|here|out|back|house|cottage|flat|"
    r"bungalow|village|town|hamlet|farm|school|surgery|shop|office|branch|work|works|working|church|hospital|room)\b"
    r"(?:\s[\w’',-]+){0,3}?\s(?:in|from|near|to|at|outside|of|past|around|is|called)\s$",
    re.IGNORECASE,
)
_PLACING = section("before a place")
_SURELY_PLACING = section("before a small place")
_JOINING = frozenset({"and", "for", "the", "on"})
_SAINTS = frozenset({"st", "saint", "sainte", "santa", "san", "saints"})
_NOT_FIRST = section("begins no name")
_CONNECTORS = section("within names of organisations")
_JOINT = re.compile(r"(?:['’]s)?\.? ?& ?|(?:['’]s|s['’])?\.? |-|['’]s |/|, (?=Ltd|Inc|LLC|LLP)")
_LETTERED = re.compile(r"(?<![\w&])[^\W\d_]{1,2}\s?&\s?[^\W\d_]{1,2}\s(?P<kind>[^\W\d_]{2,20})\b")
_MOST = 9  # words in one name


class Workplaces:
    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.words = letter.words
        self.taken: set[int] = set()

    def find(self) -> Iterator[Span]:
        at = 0
        while at < len(self.words):
            end = self._chain(at)
            if end > at and (span := self._of_chain(at, end)):
                yield span
            at = max(end, at + 1)
        yield from self._small_letters()
        yield from self._lettered()

    # -- words with capitals that stand together
    def _chain(self, at: int) -> int:
        """Where the words end that may be one name: with capitals, joined by a few small ones."""
        if not self._is_capital(at) or (self.words[at].opens and self.words[at].key in _NOT_FIRST):
            return at
        end = at + 1
        while end < len(self.words) and end - at < _MOST:
            word = self.words[end]
            if (
                word.sentence != self.words[at].sentence
                or not _JOINT.fullmatch(word.gap)
                or word.text in _STATES
            ):
                break
            if self._is_capital(end):
                end += 1
            elif word.key in _CONNECTORS and (skip := self._after_connectors(end)):
                end = skip
            else:
                break
        return end

    def _after_connectors(self, at: int) -> int:
        for ahead in range(at + 1, min(at + 3, len(self.words))):
            word = self.words[ahead]
            if word.sentence != self.words[at].sentence or word.gap not in {" ", " & "}:
                return 0
            if self._is_capital(ahead):
                free = self.words[at].key not in {"in", "at", "on", "the", "and", "for", "under"}
                return ahead + 1 if free or self._joins(at, ahead) else 0
            if word.key not in _CONNECTORS:
                return 0
        return 0

    def _joins(self, at: int, ahead: int) -> bool:
        """ "and" within the name of a firm or a school, which has its word for it soon after."""
        if self.words[at].key not in _JOINING:
            return False
        for word in self.words[ahead : ahead + 4]:
            if not word.capital or word.sentence != self.words[at].sentence:
                return False
            if word.key in _SURELY:
                return True
        return False

    def _is_capital(self, at: int) -> bool:
        word = self.words[at]
        return word.capital and word.key not in {"i", "i'm", "i've", "i'd", "i'll"}

    def _of_chain(self, at: int, end: int) -> Span | None:
        while at < end and self.words[at].opens and self._merely_opens(at, end):
            at += 1
        if at == end:
            return None
        neutral = self._organisation(at, end) or self._place(at, end)
        return self._span(at, end, neutral) if neutral else None

    def _merely_opens(self, at: int, end: int) -> bool:
        """Whether the first word has its capital from the sentence."""
        word = self.words[at]
        if word.key in _NOT_FIRST:
            return True
        return word.common and word.key not in _KINDS and not self._organisation(at + 1, end)

    # -- an organisation
    def _organisation(self, at: int, end: int) -> str:
        """The neutral word for an organisation of this name, or nothing."""
        public = self.letter.public
        names = [n for n in range(at, end) if self.words[n].key not in _CONNECTORS]
        kinds = [n for n in names if self.words[n].key in _KINDS]
        telling = [n for n in names if n not in kinds and not public[n] and len(self.words[n].key) > 1]
        neutral = _KINDS[self.words[kinds[-1]].key] if kinds else "a company"
        if not names or all(public[n] for n in names):
            return ""
        if self.words[at].key in _SAINTS and end - at > 1 and not public[at]:
            return neutral if kinds else "a church"
        if self._has_kind(at, end, kinds, telling, len(names)):
            return neutral
        given = self._is_given(at) and len(names) < 3
        works = telling and not given and not self.words[at].acronym and self._works_before(at)
        return "a company" if works and self._preposition(at) in {"at", "for", "with", "by", "to"} else ""

    def _has_kind(self, at: int, end: int, kinds: list[int], telling: list[int], names: int) -> bool:
        """Whether a word like "hospital" makes an organisation of the words around it."""
        if telling and "&" in self.letter.text[self.words[at].start : self.words[end - 1].end]:
            return True
        if not kinds or names == 1 or all(self.letter.public[n] for n in kinds):
            return False
        if names > len(kinds) and any(
            self.words[n].key in _SURELY and not self.letter.public[n] for n in kinds
        ):
            return True
        by = self._preposition(at)
        if not self.words[at].opens and (
            (by == "at" and telling) or (by in {"at", "with", "for", "by", "in"} and names > 2)
        ):
            return True
        return bool(telling) and (any(not self.words[n].common for n in telling) or self._works_before(at))

    def _is_given(self, at: int) -> bool:
        return self.words[at].given or self.words[at].ambiguous

    def _works_before(self, at: int) -> bool:
        start = self.words[at].start
        return bool(_WORKING.search(self.letter.text[max(0, start - 80) : start]))

    def _preposition(self, at: int) -> str:
        for back in (1, 2):
            word = self.letter.near(at, back)
            if word is None or word.key not in {"the", "a"}:
                return word.key if word else ""
        return ""

    # -- a place
    def _place(self, at: int, end: int) -> str:
        public = self.letter.public
        if all(public[at:end]) or any(word.acronym for word in self.words[at:end]):
            return ""
        by, given = self._preposition(at), self._is_given(at)
        rare = any(not self.words[n].common and not public[n] for n in range(at, end))
        named = self.letter.near(at, 2)
        titled = named is not None and named.capital  # "Married at First Sight"
        if (
            by == "at"
            and not titled
            and end - at > 1
            and not any(public[at:end])
            and not given
            and not self.words[at].opens
        ):
            return "a place"
        told = by in _SURELY_PLACING or end - at > 1 or (not given and (by in _PLACING or rare))
        if told and self._before_state(end):
            return "my town"
        if by not in _PLACING or self.words[at].opens:
            return ""
        lives = self._lives_before(at)
        if lives and not (given and by in {"from", "to", "of"}):
            return "my town"
        far = by in {"of", "to", "from"} and end - at > 1
        if rare and not given and (lives or not far):
            return "a place" if by == "at" else "my town"
        return ""

    def _lives_before(self, at: int) -> bool:
        start = self.words[at].start
        return bool(_LIVING.search(self.letter.text[max(0, start - 60) : start]))

    def _before_state(self, end: int) -> bool:
        """ "Minden, Nebraska", "Breaux Bridge, LA"."""
        if end >= len(self.words) or self.words[end].gap != ", ":
            return False
        if self.words[end].text in _STATES:
            return True
        keys = [word.key for word in self.words[end : end + 3]]
        return self.words[end].capital and any(tuple(keys[:n]) in vocabulary.places() for n in (1, 2, 3))

    def _lettered(self) -> Iterator[Span]:
        """ "d&j roofing": a firm called by letters."""
        for match in _LETTERED.finditer(self.letter.text):
            if vocabulary.fold(match["kind"]) in _KINDS:
                yield Span(Sort.WORKPLACE, match.start(), match.end(), _KINDS[vocabulary.fold(match["kind"])])

    # -- letters without capitals
    def _small_letters(self) -> Iterator[Span]:
        """ "i work at pinecrest distribution in dunmore falls"."""
        at = 0
        while at < len(self.words):
            end = at
            if self.letter.loose(self.words[at]) and at not in self.taken and self._may_begin(at):
                end = self._small_end(at)
            if end > at:
                yield self._span(at, end, "a company" if self._works_before(at) else "my town")
            at = max(end, at + 1)

    def _may_begin(self, at: int) -> bool:
        before, word = self.letter.near(at, 1), self.words[at]
        if before is None or word.gap != " " or self.letter.public[at] or (word.given and not word.common):
            return False
        if before.key in {"in", "near", "outside", "from"}:
            return True
        return before.key in _PLACING | {"for", "with"} and self._works_before(at)

    def _small_end(self, at: int) -> int:
        """Where the name ends that begins here, or where it began."""
        end = at
        while end < len(self.words) and end - at < 5:
            word = self.words[end]
            if word.sentence != self.words[at].sentence or (end > at and word.gap not in {" ", " & "}):
                break
            if self.letter.public[end] or word.key in _CONNECTORS or (word.common and word.key not in _KINDS):
                break
            end += 1
        strange = any(not word.common and len(word.key) > 3 for word in self.words[at:end])
        named = (
            end - at > 1 and self._works_before(at) and any(w.key in _KINDS for w in self.words[at + 1 : end])
        )
        return end if strange or named else at

    def _span(self, at: int, end: int, neutral: str) -> Span:
        self.taken.update(range(at, end))
        return Span(Sort.WORKPLACE, self.words[at].start, self.words[end - 1].end, neutral)
