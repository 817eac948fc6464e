"""Employers, schools, clubs and the like; places too small to hide in; an exact age beside one of them."""

import re
from collections.abc import Iterator

from advice.anonymity.sorts import Sort, Span
from advice.anonymity.words import Letter

# What an organisation is called after, and the neutral word for it. These say so beside any word with a capital …
_SURE = {
    "a school": "school schule escuela primary academy infants juniors elementary preschool kindergarten highschool lycée gymnasium madrasa",
    "a college": "college university universität université universidad polytechnic institute institut instituto seminary conservatoire uni",
    "a hospital": "hospital infirmary hospice krankenhaus hôpital sanatorium",
    "a clinic": "clinic klinik clinique surgery dental dentistry physiotherapy veterinary vets orthopaedics orthopedics pediatrics pharmacy",
    "a church": "church chapel cathedral abbey priory minster parish mosque masjid synagogue gurdwara mandir iglesia église kirche congregation",
    "a club": "harriers striders joggers runners athletics wheelers quilters singers rovers wanderers athletic chargers plodders trotters rowers bowmen swimmers",
    "a company": "ltd limited llp llc inc plc gmbh corp corporation holdings associates solicitors accountants architects consultants consulting logistics "
    "haulage freight distribution distributors supplies wholesale engineering electronics softlabs technologies plumbing glazing roofing fencing valves hardware "
    "furnishings outfitters brewery distillery foundry bakery butchers constabulary motors industries manufacturing pharmaceuticals recruitment roastery upholstery "
    "joinery electricals biotech fabrication & sons",
}  # fmt: skip
# … these only beside a word that is no common one, or where somebody works.
_MAYBE = {
    "a school": "high grammar nursery house form",
    "a clinic": "practice health medical",
    "a home": "court lodge manor hall care homes home villas towers",
    "a church": "temple st saint saints ministries fellowship",
    "a club": "club society guild association fc rfc afc cc ac rc choir team league orchestra band running",
    "a company": "co company group partners supply foods dairy farm farms café cafe coffee restaurant bistro inn arms tavern hotel pub garage systems software labs tech digital "
    "media studio studios design designs windows steel electrical builders construction tiles fabrics textiles books bookshop press publishing printers bank mutual insurance "
    "salon barbers spa gym fitness services service agency hire market stores shop mill mills works factory trust council station theatre theater cinema centre center library "
    "museum airport arena gallery hospitality catering cleaning transport airlines aerospace energy law legal finance financial capital security packaging plastics paper tools "
    "marine marina yard depot kitchens interiors nurseries bros brothers county department district regional general royal",
}
_FOR = {
    word: suggestion
    for kinds in (_MAYBE, _SURE)
    for suggestion, words in kinds.items()
    for word in words.split()
}
_SURE_WORDS = frozenset(word for words in _SURE.values() for word in words.split()) - {"&"}
_PLURAL_ONLY = frozenset(
    [
        "runners",
        "athletics",
        "swimmers",
        "singers",
        "vets",
        "athletic",
        "physiotherapy",
        "surgery",
        "limited",
        "joggers",
    ]
)

_WORKING = re.compile(
    r"\b(?:works?|worked|working|job|jobs|employed|employer|shifts?|nights|days|nurse|nursing|teach|teaches|taught|teaching|teacher|lecture|lecturer|study|studying|student|"
    r"manager|manage|engineer|cleaner|clean|cook|chef|driver|drive|volunteer|volunteering|intern|internship|apprentice|retired|retire|redundant|sacked|fired|hired|started|"
    r"start|joined|trained|cashier|receptionist|secretary|assistant|accountant|boss|porter|clerk|partner|director|consultant|carer|office|staff|go|goes|attend|attends|enrolled|"
    r"fitter|welder|guard|caretaker|librarian|paramedic|midwife|ward|contract|colleague|colleagues|coach|developer|programmer|analyst|supervisor|post|temp|temping)\b"
    r"(?:\s[\w’',-]+){0,5}?\s(?:at|for|with|by|from|in|of|to)\s(?:the\s|a\s)?$",
    re.IGNORECASE,
)
_LIVING = re.compile(
    r"\b(?:lives?|living|lived|moved|move|moving|based|born|raised|grew up|brought up|settled|retired|hometown|home|writing|from|here|out|back|house|cottage|flat|bungalow|village|town|"
    r"hamlet|farm|school|surgery|shop|office|branch|work|works|working)\b(?:\s[\w’',-]+){0,3}?\s(?:in|from|near|to|at|outside|of|past|around|is|called)\s$",
    re.IGNORECASE,
)
_PLACING = frozenset(
    [
        "in",
        "near",
        "from",
        "outside",
        "at",
        "past",
        "around",
        "towards",
        "via",
        "leaving",
        "beyond",
        "between",
        "above",
        "below",
        "round",
        "off",
        "through",
        "into",
        "to",
        "of",
    ]
)
_SURE_PLACING = frozenset(["in", "near", "outside", "past", "around", "towards", "beyond"])
_CONNECTORS = frozenset(
    ["of", "the", "for", "and", "&", "de", "la", "le", "du", "des", "der", "on", "at", "upon", "in", "under"]
)
_STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "NSW",
        "VIC",
        "QLD",
        "TAS",
        "ON",
        "BC",
        "AB",
        "SK",
        "QC",
        "NS",
    ]
)
_NOT_FIRST = frozenset(
    [
        "the",
        "a",
        "an",
        "my",
        "our",
        "your",
        "his",
        "her",
        "their",
        "its",
        "this",
        "that",
        "at",
        "in",
        "on",
        "for",
        "from",
        "with",
        "and",
        "but",
        "so",
        "then",
        "now",
        "when",
        "if",
        "as",
        "i",
        "is",
        "was",
        "we",
        "he",
        "she",
        "they",
        "it",
        "both",
        "near",
        "dear",
        "hi",
        "hello",
    ]
)


class Workplaces:
    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.words = letter.words
        self.taken: set[int] = set()

    def find(self) -> Iterator[Span]:
        spans: list[Span] = []
        at = 0
        while at < len(self.words):
            end = self._chain(at)
            spans += self._of_chain(at, end) if end > at else []
            at = max(end, at + 1)
        yield from spans
        yield from self._small_letters()

    # -- words with capitals that stand together
    def _chain(self, at: int) -> int:
        """Where the words end that may be one name: with capitals, joined by a few small ones."""
        if not self._is_capital(at) or (self.words[at].opens and self.words[at].key in _NOT_FIRST):
            return at
        end = at + 1
        while end < len(self.words) and end - at < 9:
            word = self.words[end]
            if word.sentence != self.words[at].sentence or not re.fullmatch(
                r"(?:['’]s)?\.? ?& ?|(?:['’]s|s['’])?\.? |-|['’]s |/|, (?=Ltd|Inc|LLC|LLP)", word.gap
            ):
                break
            if word.text in _STATES:
                break
            if self._is_capital(end):
                end += 1
            elif word.key in _CONNECTORS and (skip := self._after_connectors(end)):
                end = skip
            else:
                break
        return end

    def _after_connectors(self, at: int) -> int:
        for ahead in (1, 2):
            if at + ahead >= len(self.words):
                return 0
            word = self.words[at + ahead]
            if word.sentence != self.words[at].sentence or word.gap not in {" ", " & "}:
                return 0
            if self._is_capital(at + ahead):
                # "in", "at", "the" join a name only within "St John in the Wilderness": there they come with "the".
                if self.words[at].key in {"in", "at", "on", "the", "and", "for", "under"} and not self._joins(
                    at, at + ahead
                ):
                    return 0
                return at + ahead + 1
            if word.key not in _CONNECTORS:
                return 0
        return 0

    def _joins(self, at: int, ahead: int) -> bool:
        """ "and" within the name of a firm or a school, which has its word for it soon after."""
        later = self.words[ahead : ahead + 4]
        return self.words[at].key in {"and", "for", "the", "on"} and any(
            w.key in _SURE_WORDS
            and w.capital
            and w.sentence == self.words[at].sentence
            and all(x.capital for x in later[: later.index(w)])
            for w in later
        )

    def _is_capital(self, at: int) -> bool:
        word = self.words[at]
        return word.capital and word.key not in {"i", "i'm", "i've", "i'd", "i'll"}

    def _of_chain(self, at: int, end: int) -> Iterator[Span]:
        while (
            at < end
            and self.words[at].opens
            and (
                (
                    self.words[at].common
                    and self.words[at].key not in _FOR
                    and not self._organised(at + 1, end, trim=False)
                )
                or self.words[at].key in _NOT_FIRST
            )
        ):
            at += 1
        if at >= end:
            return
        if (suggestion := self._organised(at, end)) or (suggestion := self._placed(at, end)):
            yield self._span(at, end, suggestion)

    # -- an organisation
    def _organised(self, at: int, end: int, *, trim: bool = True) -> str:
        if at >= end:
            return ""
        kinds = [n for n in range(at, end) if self.words[n].key in _FOR]
        others = [n for n in range(at, end) if n not in kinds and self.words[n].key not in _CONNECTORS]
        telling = [n for n in others if not self.letter.public[n]]
        sure = [
            n
            for n in kinds
            if self.words[n].key in _SURE_WORDS and not self.letter.public[n] and end - at > 1
        ]
        if self._saint(at, end):
            return _FOR[self.words[kinds[-1]].key] if kinds else "a church"
        if all(self.letter.public[n] or self.words[n].key in _CONNECTORS for n in range(at, end)):
            return ""
        if "&" in self.letter.text[self.words[at].start : self.words[end - 1].end] and telling:
            return _FOR[self.words[kinds[-1]].key] if kinds else "a company"
        if sure and others:
            return _FOR[self.words[sure[-1]].key]
        by = self._preposition(at)
        if (
            kinds
            and by in {"at", "with", "for", "by", "in"}
            and (end - at > 2 or (by == "at" and telling))
            and not self.words[at].opens
        ):
            return _FOR[self.words[kinds[-1]].key]
        if (
            kinds
            and telling
            and not all(self.letter.public[n] for n in kinds)
            and (any(self._rare(n) for n in telling) or self._works_before(at))
        ):
            return _FOR[self.words[kinds[-1]].key]
        if self._works_before(at) and telling and not self.words[at].acronym:
            if self._is_given(at) and end - at < 3 and not kinds:
                return ""
            return "a company" if by in {"at", "for", "with", "by", "to"} else ""
        return ""

    def _rare(self, at: int) -> bool:
        return not self.words[at].common

    def _is_given(self, at: int) -> bool:
        return self.words[at].given or self.words[at].ambiguous

    def _saint(self, at: int, end: int) -> bool:
        """ "St Brendan's", "Saint Barnabas": a saint gives his name to schools, churches and hospitals; but St Louis is a city."""
        first = self.words[at]
        return (
            first.key in {"st", "saint", "sainte", "santa", "san", "saints"}
            and end - at > 1
            and not self.letter.public[at]
        )

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
    def _placed(self, at: int, end: int) -> str:
        if all(self.letter.public[n] for n in range(at, end)):
            return ""
        if any(self.words[n].acronym for n in range(at, end)):
            return ""
        before = self._preposition(at)
        words = self.words[at:end]
        rare = any(not w.common and not self.letter.public[n] for n, w in enumerate(words, at))
        if self._before_state(end) and (before in _PLACING or rare) and not self._is_given(at):
            return "my town"
        if self._before_state(end) and before in _SURE_PLACING:
            return "my town"
        if before not in _PLACING or self.words[at].opens:
            return ""
        if self._lives_before(at) and not (self._is_given(at) and before in {"from", "to", "of"}):
            return "my town"
        if (
            rare
            and not self._is_given(at)
            and not (before in {"of", "to", "from"} and end - at > 1 and not self._lives_before(at))
        ):
            return "a place" if before == "at" else "my town"
        return ""

    def _lives_before(self, at: int) -> bool:
        start = self.words[at].start
        return bool(_LIVING.search(self.letter.text[max(0, start - 60) : start]))

    def _before_state(self, end: int) -> bool:
        """ "Minden, Nebraska", "Breaux Bridge, LA": a city's name is no find, another's is."""
        if end >= len(self.words) or self.words[end].gap not in {", ", " "}:
            return False
        word = self.words[end]
        if word.text in _STATES and self.words[end].gap == ", ":
            return True
        return (
            self.words[end].gap == ", " and self.letter.public[end] and word.capital and self._is_region(end)
        )

    def _is_region(self, at: int) -> bool:
        from advice.anonymity import vocabulary

        keys = [w.key for w in self.words[at : at + 3]]
        return any(tuple(keys[:n]) in vocabulary.places() for n in (1, 2, 3))

    # -- letters without capitals
    def _small_letters(self) -> Iterator[Span]:
        at = 0
        while at < len(self.words):
            word = self.words[at]
            if (self.letter.loose(word)) and at not in self.taken and (end := self._small(at)):
                yield self._span(at, end, "a company" if self._works_before(at) else "my town")
                at = end
            else:
                at += 1

    def _small(self, at: int) -> int:
        """Where a name ends that only its surroundings tell: "i work at pinecrest distribution in dunmore falls"."""
        before, word = self.letter.near(at, 1), self.words[at]
        if (
            before is None
            or word.gap != " "
            or before.key not in _PLACING | {"for", "with"}
            or self.letter.public[at]
        ):
            return 0
        if before.key not in {"in", "near", "outside", "from"} and not self._works_before(at):
            return 0
        end = at
        while (
            end < len(self.words)
            and end - at < 5
            and (end == at or self.words[end].gap in {" ", " & "})
            and self.words[end].sentence == word.sentence
        ):
            each = self.words[end]
            if self.letter.public[end] or (each.common and each.key not in _FOR) or each.key in _CONNECTORS:
                break
            if each.given and not each.common and end == at:
                return 0
            end += 1
        named = [n for n in range(at, end) if not self.words[n].common]
        kinds = [n for n in range(at, end) if self.words[n].key in _FOR and n > at]
        if not named and not (kinds and end - at > 1 and self._works_before(at)):
            return 0
        return end if any(len(self.words[n].key) > 3 for n in named) or kinds else 0

    def _span(self, at: int, end: int, suggestion: str) -> Span:
        self.taken.update(range(at, end))
        return Span(Sort.WORKPLACE, self.words[at].start, self.words[end - 1].end, suggestion)


# -- ages
_AGES = (
    re.compile(
        r"\b(?:i['’]?m|i am|im|i was|i turned|i turn|turned|turning|me being|being|just|now|nearly|almost|recently)\s(?:now\s|a\s|an\s|only\s|just\s|nearly\s|almost\s|already\s|turning\s)?(?P<age>[1-9]\d)\b(?!\s?(?:%|[.,:/]\d|k\b|km|kg|miles?|weeks?|months|days|mins?|minutes|hours|lbs?|pounds|stone|st\b|percent|per|cm|m\b|kilos|seconds|steps|reps|in\b|and a half k|of|times|-))",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![\w-])(?P<age>(?:aged?|age of|at)\s[1-9]\d)\b(?!\s?(?:%|[.,:/]\d|k\b|km|kg|miles?|weeks?|months|mins?|minutes|bpm|am|pm|minute|mph|percent|per|-))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?P<age>[1-9]\d[\s-](?:years?|yrs?|y)[\s-](?:old|of age)|[1-9]\d\s?(?:yo|y/o|y\.o\.))\b",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w('’])\(?(?P<age>[1-9]\d\s?/?\s?[MFmf]|[MF]\s?/?\s?[1-9]\d)\)?(?![\w-])"),
    re.compile(r"(?:[a-z]{3,}|\n|^)[,(]\s?(?P<age>[1-9]\d)(?=[,).]\s|$)"),
    re.compile(
        r"\b(?P<age>(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[- ](?:one|two|three|four|five|six|seven|eight|nine))(?=[,.;)]|\sand\s(?:i|a|work)|\syears?\sold|-year)",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:i have|have)\s(?P<age>[1-9]\d\s(?:years|yrs))\b", re.IGNORECASE),
    re.compile(r"(?<!\w)(?P<age>[1-9]\d)\s(?:years|yrs)\b(?=[,.]|\sold)", re.IGNORECASE),
    re.compile(
        r"(?:^|[.!?]\s|\n)(?P<age>[1-9]\d)(?:-year-old|,\s(?:married|single|divorced|female|male|widow|retired|mum|dad|mother|father|nurse|teacher|[a-z]+er)\b)",
        re.IGNORECASE,
    ),
)
_NEAR = 2  # sentences


def ages(letter: Letter, beside: list[Span]) -> Iterator[Span]:
    """An exact age, where one of these stands within two sentences."""
    if not beside:
        return
    known = {_sentence(letter, span.start) for span in beside}
    for pattern in _AGES:
        for match in pattern.finditer(letter.text):
            at = _sentence(letter, match.start("age"))
            if any(abs(at - other) <= _NEAR for other in known):
                yield Span(Sort.WORKPLACE, match.start("age"), match.end("age"), _decade(match["age"]))


def _sentence(letter: Letter, offset: int) -> int:
    low, high = 0, len(letter.words)
    while low < high:
        middle = (low + high) // 2
        if letter.words[middle].start <= offset:
            low = middle + 1
        else:
            high = middle
    return letter.words[low - 1].sentence if low else 0


_TENS = {
    1: "a teenager",
    2: "in my twenties",
    3: "in my thirties",
    4: "in my forties",
    5: "in my fifties",
    6: "in my sixties",
    7: "in my seventies",
    8: "in my eighties",
    9: "in my nineties",
}
_SPELLED_TENS = {"twe": 2, "thi": 3, "for": 4, "fif": 5, "six": 6, "sev": 7, "eig": 8, "nin": 9}


def _decade(written: str) -> str:
    digits = re.search(r"\d", written)
    return _TENS[int(digits.group())] if digits else _TENS[_SPELLED_TENS.get(written[:3].casefold(), 3)]
