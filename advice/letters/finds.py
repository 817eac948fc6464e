"""What in an article's printed texts may tell who wrote its letters: found, and replaced or kept with a reason."""

import re
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from advice import anonymity
from advice.anonymity import Sort, vocabulary
from advice.articles import checking
from advice.articles.checking import Waivers
from advice.articles.models import Article, Waiver
from advice.articles.parts import Part, parts
from advice.letters.private import allowed_names, names_of_ours, private_words

POINT = "anonymity"
AROUND = 45  # characters of the sentence on either side
# By their capitals alone: in the title of a source, as in a headline, these say little.
_BY_CAPITALS = {Sort.PERSON, Sort.WORKPLACE}
_ON_PURPOSE = {*_BY_CAPITALS, Sort.DATE, Sort.URL}  # what a source names, it names on purpose
_MOST_OF_THEM = 0.6
_OF_ANYBODY = {Sort.EMAIL, Sort.PHONE, Sort.URL, Sort.HANDLE, Sort.POSTCODE, Sort.PERSON}


@dataclass(frozen=True)
class Place:
    """Where it stands: the part, the words before and after, and the span in the part's own text."""

    part: Part
    before: str
    text: str
    after: str
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """The same words of one sort, wherever they stand: one decision is taken for all of them."""

    key: str
    sort: Sort
    text: str
    suggestion: str
    waiver: Waiver | None
    places: list[Place] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.waiver is None

    @property
    def may_replace(self) -> bool:
        return any(place.part.may_replace for place in self.places)

    @property
    def field_key(self) -> str:
        """Short enough for the names of a form's fields."""
        return self.key[:16]


def key_of(find: anonymity.Find) -> str:
    return checking.digest(POINT, find.sort.value, " ".join(find.text.split()).casefold())


def findings(
    article: Article, waivers: Waivers, *, of: list[Part] | None = None, signature: str = ""
) -> list[Finding]:
    """In the order of the page; with `of` in other texts that are to stand under it, signed with `signature`."""
    private, allowed = private_words(article), {*allowed_names(article), signature} - {""}
    read = parts(article) if of is None else of
    return _found(read, private, allowed, waivers, signature=signature or article.signature)


def findings_of_many(read: list[Part]) -> list[Finding]:
    """Of texts that stand in many articles: whoever wrote the letters of them."""
    found = [one for one in _found(read, set(), names_of_ours(), {}) if one.sort in _OF_ANYBODY]
    return [one for one in found if one.sort != Sort.URL or anonymity.is_profile(one.text)]


def _found(
    read: list[Part], private: Set[str], allowed: Set[str], waivers: Waivers, *, signature: str = ""
) -> list[Finding]:
    found: dict[str, Finding] = {}
    small = {word for part in read for word in re.findall(r"[^\W\d_]+", part.text) if word.islower()}
    for part in read:
        text, places = part.read()
        linked = part.linked(places)
        for find in anonymity.find(text, private=private, allowed=allowed, linked=linked):
            if _says_nothing(part, find, signature=signature, small=small):
                continue
            key = key_of(find)
            if key not in found:
                waiver = waivers.get((POINT, key))
                found[key] = Finding(key, find.sort, find.text, find.suggestion, waiver)
            found[key].places.append(_place(part, text, places, find))
    return list(found.values())


def _says_nothing(part: Part, find: anonymity.Find, *, signature: str, small: set[str]) -> bool:
    """`small` are the words that the article writes without a capital, too."""
    if part.key.startswith("source-"):
        return find.sort in _ON_PURPOSE and not anonymity.is_profile(find.text)
    words = set(_folded(find.text))
    if find.sort in {Sort.HANDLE, Sort.OWN} and words and words <= set(_folded(signature)):
        return True  # the writer chose it to be printed; “Dear Sleepless” answers “Sleepless in Leeds”
    if find.sort in _BY_CAPITALS and part.key in {"headline", "slug"} and _is_title_case(part.text):
        return all(word in small or vocabulary.is_common(word) for word in words if not word.isdigit())
    return False


def _folded(text: str) -> list[str]:
    return [vocabulary.fold(word) for word in re.findall(r"[\w’'-]+", text)]


def _is_title_case(headline: str) -> bool:
    """As headlines are set in American papers: there a capital says nothing."""
    long = [word for word in re.findall(r"[^\W\d_]+", headline) if len(word) > 3]
    return bool(long) and sum(word[0].isupper() for word in long) > _MOST_OF_THEM * len(long)


def _place(part: Part, text: str, places: list[int], find: anonymity.Find) -> Place:
    before = _words(text[max(0, find.start - AROUND) : find.start], cut_at_start=find.start > AROUND)
    after = _words(text[find.end : find.end + AROUND], cut_at_end=find.end + AROUND < len(text))
    return Place(part, before, find.text, after, places[find.start], places[find.end - 1] + 1)


def _words(text: str, *, cut_at_start: bool = False, cut_at_end: bool = False) -> str:
    """On one line; a word that was cut in two goes."""
    if cut_at_start:
        text = "…" + re.sub(r"^\S*(?=\s)", "", text)
    if cut_at_end:
        text = re.sub(r"(?<=\s)\S*$", "", text) + "…"
    return re.sub(r"\s+", " ", text)


def replaced(decisions: Iterable[tuple[Finding, str]]) -> dict[str, str]:
    """The texts of the parts with other words in place of these findings."""
    changes: dict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    changed: dict[str, Part] = {}
    for finding, words in decisions:
        for place in finding.places:
            if not place.part.may_replace:
                continue
            changed[place.part.key] = place.part
            changes[place.part.key][place.start, place.end] = words
    return {key: part.with_words(changes[key]) for key, part in changed.items()}
