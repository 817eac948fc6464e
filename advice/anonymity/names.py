"""Names of people. With no list of all names, what counts is how a word is written, what it is otherwise, and what
stands around it: a title, a relation, a verb of speech, a given name before it."""

import re
from collections.abc import Iterator

from advice.anonymity.sorts import Sort, Span
from advice.anonymity.words import TITLES, Letter, Word

_KIN_TITLES = frozenset(
    ["aunt", "auntie", "aunty", "uncle", "cousin", "granny", "grandma", "grandpa", "granddad", "grandad", "gran", "nan", "nana", "nanna", "nanny", "grandmother", "grandfather", "sister", "brother", "father", "mother", "coach", "nurse", "pastor", "rabbi", "imam", "sheikh", "deacon", "bishop", "canon", "judge", "officer", "constable", "doc", "matron", "headmaster", "tía", "tia", "tío", "tio", "tante", "onkel", "oncle", "sis", "bro", "constable", "detective", "inspector", "lieutenant", "corporal", "private", "general", "colonel", "major", "president", "mayor", "chef", "master", "lady", "lord", "saint", "papa", "mama", "baba", "big", "little", "old", "young", "wee", "comadre", "compadre", "didi", "bhai", "akka", "anna_", "oga", "mzee", "farmer"]
)  # fmt: skip
_CAPITAL_ONLY = frozenset(
    [
        "big",
        "little",
        "old",
        "young",
        "wee",
        "lady",
        "lord",
        "saint",
        "private",
        "general",
        "major",
        "master",
        "farmer",
        "papa",
        "mama",
        "baba",
        "judge",
    ]
)
RELATIONS = frozenset(
    ["husband", "hubby", "wife", "spouse", "partner", "ex", "fiance", "fiancee", "fiancé", "fiancée", "boyfriend", "girlfriend", "bf", "gf", "lover", "mate", "mates", "friend", "friends", "bestie", "bff", "pal", "buddy", "buddies", "mum", "mam", "mom", "mummy", "mommy", "mother", "dad", "daddy", "father", "stepmum", "stepmom", "stepmother", "stepdad", "stepfather", "stepson", "stepdaughter", "son", "daughter", "child", "baby", "toddler", "kid", "boy", "girl", "brother", "sister", "bro", "sis", "sibling", "twin", "cousin", "uncle", "aunt", "auntie", "nephew", "niece", "grandma", "grandpa", "gran", "granny", "grandad", "granddad", "nana", "nan", "grandmother", "grandfather", "grandson", "granddaughter", "godmother", "godfather", "godson", "goddaughter", "godchild", "mother-in-law", "father-in-law", "sister-in-law", "brother-in-law", "daughter-in-law", "son-in-law", "mil", "fil", "sil", "bil", "neighbour", "neighbor", "colleague", "coworker", "co-worker", "workmate", "boss", "manager", "supervisor", "chief", "director", "owner", "landlord", "landlady", "tenant", "lodger", "flatmate", "housemate", "roommate", "classmate", "teammate", "coach", "trainer", "teacher", "tutor", "professor", "lecturer", "headmaster", "head", "doctor", "nurse", "midwife", "therapist", "counsellor", "counselor", "psychologist", "psychiatrist", "physio", "physiotherapist", "osteopath", "chiropractor", "podiatrist", "dentist", "surgeon", "specialist", "consultant", "pharmacist", "vet", "carer", "caregiver", "priest", "vicar", "pastor", "minister", "rabbi", "imam", "solicitor", "lawyer", "accountant", "cleaner", "nanny", "childminder", "babysitter", "au-pair", "barber", "hairdresser", "builder", "plumber", "assistant", "secretary", "receptionist", "apprentice", "butty", "chum", "comadre", "crewmate", "lad", "girl", "bloke", "guide", "supervisor", "captain", "warden", "editor", "agent", "client", "student", "pupil", "dog", "cat", "horse", "puppy", "date", "crush", "stalker", "mentor", "sponsor", "buddy", "pt", "sisters", "brothers", "daughters", "sons", "twins", "kids", "children", "boys", "girls", "friends", "cousins", "nieces", "nephews", "parents", "grandkids", "grandchildren", "colleagues", "neighbours", "neighbors", "housemates", "flatmates", "husband's", "amiga", "amigo", "hermana", "hermano"]
)  # fmt: skip
_SPEAKING = frozenset(
    ["says", "said", "say", "tells", "told", "thinks", "thought", "wants", "wanted", "asks", "asked", "reckons", "reckoned", "laughed", "laughs", "cried", "cries", "shouted", "whispered", "replied", "answered", "texted", "texts", "rang", "rings", "called", "calls", "phoned", "emailed", "wrote", "writes", "insists", "insisted", "suggested", "suggests", "swears", "swore", "promised", "promises", "offered", "offers", "claims", "claimed", "admits", "admitted", "agrees", "agreed", "refuses", "refused", "knows", "knew", "loves", "loved", "hates", "hated", "likes", "liked", "works", "worked", "lives", "lived", "came", "comes", "went", "goes", "left", "moved", "died", "passed", "sat", "sits", "looked", "looks", "smiled", "shrugged", "nodded", "sighed", "joked", "jokes", "teaches", "taught", "drives", "drove", "brought", "brings", "bought", "buys", "made", "makes", "took", "takes", "gave", "gives", "got", "gets", "has", "had", "does", "did", "won't", "doesn't", "didn't", "isn't", "wasn't", "hasn't", "can't", "keeps", "kept", "feels", "felt", "snores", "sleeps", "runs", "ran", "plays", "started", "stopped", "found", "finds", "blocked", "ghosted", "noticed", "remembers", "forgot", "sent", "sends", "showed", "shows"]
)  # fmt: skip
_LINKS = frozenset(["called", "named", "name's", "said", "is", "was"])
_WITH = frozenset(
    [
        "and",
        "with",
        "to",
        "from",
        "for",
        "by",
        "like",
        "about",
        "than",
        "without",
        "&",
        "love",
        "regards",
        "thanks",
        "cheers",
        "sincerely",
        "yours",
        "hi",
        "hello",
        "hey",
        "dear",
    ]
)
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "al",
        "el",
        "bin",
        "ibn",
        "ben",
        "ter",
        "ten",
        "te",
        "y",
        "e",
        "af",
        "zu",
        "ní",
        "ni",
        "ó",
        "nic",
        "mac",
        "mc",
        "o",
        "san",
        "abu",
    ]
)
# "known poppy since …", "asked amber if …"
_MEETING = frozenset(
    [
        "known",
        "knew",
        "met",
        "meet",
        "loved",
        "miss",
        "missed",
        "asked",
        "ask",
        "told",
        "tell",
        "saw",
        "texted",
        "rang",
        "called",
        "love",
        "hate",
        "dumped",
        "dating",
        "married",
        "marry",
        "blame",
        "invited",
        "invite",
    ]
)
_AFTER_OBJECT = frozenset(
    [
        "since",
        "from",
        "for",
        "at",
        "in",
        "about",
        "to",
        "straight",
        "when",
        "if",
        "that",
        "again",
        "because",
        "but",
        "so",
        "on",
        "last",
        "this",
        "yesterday",
        "and",
    ]
)
_VERBLIKE = frozenset(
    [
        "will",
        "may",
        "can",
        "mark",
        "hope",
        "grant",
        "chase",
        "rose",
        "art",
        "said",
        "bill",
        "frank",
        "june",
        "april",
        "august",
        "per",
        "dean",
        "guy",
        "tan",
        "long",
    ]
)
_MONTHS = frozenset(
    ["may", "april", "june", "august", "summer", "autumn", "winter", "spring", "dawn", "sunny", "season"]
)
# Words that open or stand within sentences with a capital now and then, and are nobody.
_NOBODY = frozenset(
    ["i", "i'm", "i've", "i'd", "i'll", "ok", "okay", "god", "oh", "mr", "mrs", "ms", "dr", "st", "no", "yes"]
)


class Names:
    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.words = letter.words
        self.taken: set[int] = set()  # words that are part of a find already
        self.learnt: set[str] = set()  # names found by their surroundings count wherever they stand again

    def find(self) -> Iterator[Span]:
        spans = []
        for at in range(len(self.words)):
            if at not in self.taken and (span := self._at(at)):
                spans.append(span)
        yield from spans
        yield from self._again()

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
        title, after = self.words[at], self._next(at)
        if after is None or title.key not in TITLES | _KIN_TITLES or title.key in {"st", "ste"}:
            return False
        if not re.fullmatch(r"\.?[ \u00a0]", after.gap):
            return False
        if title.key in _CAPITAL_ONLY and not title.capital:
            return False
        return self._is_surname(at + 1, title)

    def _is_surname(self, at: int, title: Word) -> bool:
        word = self.words[at]
        honorific = title.key in TITLES and title.key not in {
            "miss",
            "sir",
            "doctor",
            "professor",
            "col",
            "no",
        }
        if self.letter.public[at] and not word.given and self.letter.public[at - 1]:
            return False  # "Dr Google", "Father Christmas"
        if word.initial:
            return True
        if self.letter.loose(word) or not word.capital:
            if word.key in _PARTICLES and (after := self._next(at)) and after.capital:
                return True
            plain = word.given or (not word.common and not self.letter.public[at])
            return (
                plain
                and (title.key in TITLES or self.letter.loose(word) or word.given)
                and not word.key.endswith("n't")
            )
        if title.key in _CAPITAL_ONLY:
            return (not title.opens and not self.letter.public[at] and not word.common) or word.given
        if word.acronym and title.key not in TITLES:
            return False
        return honorific or word.given or word.ambiguous or not (word.common or self.letter.public[at])

    def _titled_span(self, at: int) -> Span:
        title = self.words[at]
        end = self._extend(at + 1)
        self._take(at, end)
        before = self.letter.near(at, 1)
        owned = (
            before is not None
            and before.key in {"my", "our", "his", "her", "their", "your"}
            and title.key in RELATIONS
        )
        return self._make(title.start, self.words[end].end, title.text if owned else _for_title(title.key))

    # -- "my sister Anna", "my boss, priya,", "a friend called Mo"
    def _relation(self, at: int) -> Word | None:
        word = self.words[at]
        before = self.letter.near(at, 1)
        if before is None or (self.letter.public[at] and not (word.given and word.capital)):
            return None
        relation: Word | None = before
        linked = before.key in _LINKS or before.key.endswith("name's")
        if linked:
            relation = self.letter.near(at, 2) if before.key in {"called", "named"} else None
            if (
                before.key in {"called", "named"}
                and word.gap.strip(" \"“'‘") == ""
                and self._could_be_name(at, sure=True)
            ):
                return before if relation is None else relation
            return None
        if relation is None or relation.key not in RELATIONS or relation.key == "is":
            return None
        if not re.fullmatch(r"[ ,(:–—\"“'‘\n-]{1,3}(?:is )?", word.gap):
            return None
        return relation if self._could_be_name(at, sure=word.gap == " ") else None

    def _could_be_name(self, at: int, *, sure: bool) -> bool:
        """Whether a word may be a name where one is expected."""
        word, after = self.words[at], self._next(at)
        if word.key in _NOBODY or len(word.key) < 2:
            return False
        if word.capital and not self.letter.loose(word):
            return (
                word.given
                or not (word.common or self.letter.public[at] or word.acronym)
                or (word.ambiguous and word.key not in _MONTHS)
                or (sure and not word.opens and not self.letter.public[at] and not word.acronym)
            )
        if word.given:
            return True
        if word.ambiguous:
            return word.key not in _VERBLIKE and (
                after is None
                or after.key in _SPEAKING
                or after.gap.strip() != ""
                or after.key in {"and", "is", "was", "who"}
            )
        unknown = not word.common and not self.letter.public[at] and len(word.key) > 2
        return sure and unknown and not word.key.endswith(("nt", "n't", "s'", "ve")) and self._acts(at)

    def _acts(self, at: int) -> bool:
        after = self._next(at)
        return (
            after is None
            or after.gap.strip(" ") != ""
            or after.key in _SPEAKING
            or after.key in {"and", "is", "was", "who", "will"}
        )

    # -- "my name is …", "I'm Tom", "call me Jo"
    def _introduced(self, at: int) -> bool:
        word = self.words[at]
        back = [w.key for w in (self.letter.near(at, n) for n in (3, 2, 1)) if w]
        said = " ".join(back)
        if re.search(r"(?:name is|name's|names|call me|calls me|called me|known as)$", said):
            return self._is_nameable(at) and (word.capital or word.given or not word.common)
        if re.search(r"(?:^| )(?:i'm|i am|im|this is|it's|signed|yours|love|from)$", said) and re.fullmatch(
            r",?[ \n]", word.gap
        ):
            if word.capital and not self.letter.loose(word):
                return word.given or (word.ambiguous and word.key not in _MONTHS)
            return word.given and not word.common
        return False

    def _is_nameable(self, at: int) -> bool:
        return self.words[at].key not in _NOBODY and not self.letter.public[at]

    # -- the word itself
    def _plain(self, at: int) -> bool:
        word = self.words[at]
        if word.key in _NOBODY or (len(word.key) < 2 and not word.initial):
            return False
        if self.letter.loose(word) and not (self.letter.small and word.capital and not word.shouted):
            return self._is_small_name(at)
        if not word.capital:
            return self._is_small_name(at)
        if word.given and not (self.letter.public[at] and self._placed(at)):
            return not self._within_title(at) and not self._is_famous(at)
        if self.letter.public[at]:
            return False
        if word.ambiguous:
            return self._is_ambiguous_name(at)
        if word.initial:
            return self._initials(at)
        if word.common or word.acronym:
            return False
        return not word.opens or self._speaks(at) or word.key in self.learnt or self._surname_follows(at)

    def _is_famous(self, at: int) -> bool:
        """Part of a longer name that everybody knows, or a name of a thing that is written like one ("Alexa", "Claude")."""
        if not self.letter.public[at]:
            return False
        neighbours = [n for n in (at - 1, at + 1) if 0 <= n < len(self.words) and self.letter.public[n]]
        joined = any(abs(n - at) == 1 and self.words[max(n, at)].gap.strip(" -'’s") == "" for n in neighbours)
        return joined or not self._speaks(at)

    def _placed(self, at: int) -> bool:
        """ "in Florence", "from Austin": the city, not the person."""
        before = self.letter.near(at, 1)
        return before is not None and before.key in {
            "in",
            "from",
            "near",
            "of",
            "at",
            "to",
            "around",
            "outside",
            "through",
            "via",
            "for",
        }

    def _within_title(self, at: int) -> bool:
        """ "Jane Eyre" in asterisks or quotation marks, with other words, is a book."""
        return False

    def _is_small_name(self, at: int) -> bool:
        word = self.words[at]
        if self.letter.public[at] or len(word.key) < 3:
            return False
        from advice.anonymity import vocabulary

        if word.given and not word.common and word.key not in vocabulary.small():
            return True
        if not (word.given or word.ambiguous) or word.key in _VERBLIKE:
            return False
        before = self.letter.near(at, 1)
        if (
            before is not None
            and before.key in _MEETING
            and word.gap == " "
            and (self._acts(at) or self.words[at + 1].key in _AFTER_OBJECT)
        ):
            return True
        spoken = self._speaks(at) and (word.given or word.opens)
        joined = (
            before is not None
            and before.key in {"and", "with", "dear", "hi", "love", "cheers", "thanks"}
            and word.gap.strip() == ""
            and self._acts(at)
            and not word.common
        )
        return (spoken and not word.common) or joined

    def _is_ambiguous_name(self, at: int) -> bool:
        word, after = self.words[at], self._next(at)
        if word.opens or word.key in _MONTHS:
            speaks = (
                after is not None
                and after.gap == " "
                and after.key
                in _SPEAKING
                - {"had", "has", "got", "can't", "won't", "made", "makes", "left", "brought", "brings"}
            )
            surname = word.key not in _MONTHS and self._surname_follows(at)
            before = self.letter.near(at, 1)
            paired = (
                not word.opens and before is not None and before.key in {"and"} and word.key not in _MONTHS
            )
            return speaks or surname or paired
        return not self._capitals_around(at)

    def _capitals_around(self, at: int) -> bool:
        """Within a heading, a title of a book or a name of a thing: common words with capitals on both sides or after it."""
        around = [self.words[n] for n in (at - 1, at + 1) if 0 <= n < len(self.words)]
        return any(
            w.capital
            and w.common
            and not w.opens
            and not w.given
            and w.key not in _NOBODY
            and w.sentence == self.words[at].sentence
            for w in around
        )

    def _speaks(self, at: int) -> bool:
        after = self._next(at)
        return after is not None and after.gap == " " and after.key in _SPEAKING

    def _surname_follows(self, at: int) -> bool:
        after = self._next(at)
        return (
            after is not None
            and after.gap == " "
            and after.capital
            and not after.shouted
            and not after.common
            and not self.letter.public[at + 1]
            and not after.acronym
        )

    def _initials(self, at: int) -> bool:
        """ "J. K. Marsh": the initials and a name after them."""
        for each in range(at, at + 4):
            after, point = self._next(each), self.letter.text[self.words[each].end : self.words[each].end + 1]
            if after is None or point != ".":
                return False
            if not after.initial:
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
        while (after := self._next(end)) is not None and end - at < 5:
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
            return (
                word.gap == " "
                and not word.common
                and not self.letter.public[at]
                and (word.given or len(word.key) > 3)
                and not word.key.endswith("nt")
            )
        if not word.capital or word.key in _NOBODY or (word.acronym and len(word.text) > 3):
            return False
        return word.initial or not self.letter.public[at] or word.given

    def _span(self, at: int, relation: Word | None) -> Span:
        start = at
        while (
            (before := self.letter.near(start, 1)) is not None
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
            if len(word.key) > 2 and not word.common and word.key not in TITLES | _KIN_TITLES | RELATIONS:
                self.learnt.add(word.key)

    def _again(self) -> Iterator[Span]:
        for at, word in enumerate(self.words):
            if at not in self.taken and word.key in self.learnt and not word.common:
                yield self._make(word.start, word.end, "a friend")

    def _next(self, at: int) -> Word | None:
        return self.letter.near(at, -1)

    @staticmethod
    def _make(start: int, end: int, suggestion: str) -> Span:
        return Span(Sort.PERSON, start, end, suggestion)


def _for_title(title: str) -> str:
    known = {
        "dr": "my doctor",
        "doctor": "my doctor",
        "doc": "my doctor",
        "prof": "my professor",
        "professor": "my professor",
        "coach": "my coach",
        "nurse": "a nurse",
    }
    if title in {"aunt", "auntie", "aunty", "uncle", "cousin"}:
        return f"my {title}"
    return known.get(title, "somebody I know")


_CLOSING = re.compile(
    r"(?:^|\n)\s*(?:(?:yours|your|kind|kindest|best|warm|warmest|many|with|all|much|lots|love|regards|sincerely|faithfully|truly|thanks|thank|cheers|respectfully|"
    r"from|signed|gratefully|hugs|liebe|grüße|in hope|god bless|bless|take care|xx?o?x?|ever|hopefully|desperately|peace|blessings|namaste|slán|ciao)\b[^\n]{0,40}[,.!]?\s*(?:\n\s*)?[—–-]{0,2}\s?)(?P<name>[^\n]{1,60})\s*$",
    re.IGNORECASE,
)


def sign_offs(letter: Letter) -> Iterator[Span]:
    """The name under a letter, where it looks like one."""
    stripped = letter.text.rstrip()
    last = stripped.rfind("\n") + 1
    lines = [(last, len(stripped))]
    if (closing := _CLOSING.search(stripped[-200:])) is not None:
        start = len(stripped) - len(stripped[-200:]) + closing.start("name")
        lines.append((start, len(stripped)))
    for start, end in lines:
        yield from _signature(letter, start, end, signed=start != last or last > 0)


def _signature(letter: Letter, start: int, end: int, *, signed: bool) -> Iterator[Span]:
    at = [n for n, word in enumerate(letter.words) if start <= word.start < end]
    if not signed or not 0 < len(at) <= 4 or letter.text[end - 1] in "?!":
        return
    for n in at:
        word = letter.words[n]
        if (letter.public[n] and not word.given) or word.key in _NOBODY:
            continue
        if word.given or not word.common or (word.ambiguous and len(at) <= 2):
            if len(word.key) > 1 and (word.capital or len(at) <= 2):
                yield Span(Sort.OWN, word.start, word.end, "a reader")
