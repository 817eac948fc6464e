"""Learns the weights of `advice/letterbox/adverts.txt`, and measures on what was held back. Repeat it with

    TEST_DATA=FOLDER python -m tests.spam_training          # measures
    TEST_DATA=FOLDER python -m tests.spam_training --write  # learns anew, too

FOLDER has `spam/youtube.jsonl` (see advice/letterbox/wording.py) and `related/corpus.jsonl.gz`. Of the comments, each
text once, every third is held back; by which of the five videos, or by which hash, changes little.
"""

import gzip
import json
import math
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.site import PROJECT

TABLE = PROJECT / "advice" / "letterbox" / "adverts.txt"
HEAD = """# Words and pairs of words, and what each weighs for advertising (above 0) or against it. Made by tests/spam_training.py
# from the "YouTube Spam Collection" (Alberto, Lochter, Almeida 2015, doi 10.24432/C58885), CC BY 4.0.
"""
_TURNS, _RATE, _SHRINK, _LEAST = 25, 0.15, 0.03, 4
HONEST = 10_000


def folder() -> Path | None:
    place = Path(os.environ.get("TEST_DATA") or PROJECT.parent / "shared" / "data")
    there = (place / "spam" / "youtube.jsonl").exists() and (place / "related" / "corpus.jsonl.gz").exists()
    return place if there else None


def comments(place: Path) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(text, 1 for spam) to learn from, and those held back."""
    rows = map(json.loads, (place / "spam" / "youtube.jsonl").read_text().splitlines())
    by_words = {" ".join(row["text"].casefold().split()): (row["text"], row["label"]) for row in rows}
    held = {words: sha256(words.encode()).digest()[0] % 3 == 0 for words in sorted(by_words)}
    return [by_words[w] for w in held if not held[w]], [by_words[w] for w in held if held[w]]


@cache
def letters(place: Path, count: int = HONEST) -> list[str]:
    """Questions of people, none of them learned from."""
    with gzip.open(place / "related" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = sorted({json.loads(line)["text"] for line in lines})
    return random.Random(3).sample(texts, count)


def learn(rows: Sequence[tuple[set[str], int]]) -> tuple[dict[str, float], float]:
    """Logistic regression, by stochastic gradient with steps of its own for each word (AdaGrad), shrunk to 0."""
    often = Counter(one for words, _ in rows for one in words)
    known = [([one for one in sorted(words) if often[one] >= _LEAST], spam) for words, spam in rows]
    weights = {one: 0.0 for one, times in often.items() if times >= _LEAST}
    seen = dict.fromkeys(weights, 1e-2)
    bias, dice = 0.0, random.Random(9)
    for _ in range(_TURNS):
        dice.shuffle(known)
        for words, spam in known:
            total = bias + sum(weights[one] for one in words)
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - spam
            bias -= 0.02 * error
            for one in words:
                seen[one] += error * error
                rate = _RATE / math.sqrt(seen[one])
                stepped = weights[one] - rate * error
                weights[one] = math.copysign(max(0.0, abs(stepped) - _SHRINK * rate), stepped)
    return {one: round(weight, 2) for one, weight in weights.items() if abs(weight) > 0.1}, round(bias, 2)


def write(place: Path) -> None:
    from advice.letterbox.wording import features

    weights, bias = learn([(features(text), spam) for text, spam in comments(place)[0]])
    lines = [f"{one}\t{weight}" for one, weight in sorted(weights.items())]
    TABLE.write_text(HEAD + "\n".join([f"<bias>\t{bias}", *lines]) + "\n", encoding="utf-8")


def in_tray(text: str) -> bool:
    """By its text alone, as a letter whose question is its beginning, as the form would take it."""
    from advice.letterbox.wording import points_of_text
    from advice.letters.tray import is_doubtful

    return is_doubtful(points_of_text("", text, "Adam"))


def measure(place: Path) -> dict[str, float]:
    """The share, in percent, that lies in the tray: of held-back spam, other comments held back, and honest letters."""
    held = comments(place)[1]
    groups = {
        "spam": [text for text, spam in held if spam],
        "comments": [text for text, spam in held if not spam],
        "letters": letters(place),
        "with a link": [f"{text} I read of it on https://www.example.org/page" for text in letters(place)],
    }
    return {name: 100 * sum(map(in_tray, texts)) / len(texts) for name, texts in groups.items()}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advice.settings")
    os.environ.setdefault("ADVICE_TESTING", "1")
    import django

    django.setup()
    place = folder()
    if place is None:
        sys.exit("TEST_DATA names no folder with spam/youtube.jsonl and related/corpus.jsonl.gz.")
    if "--write" in sys.argv:
        write(place)
    learned, held = comments(place)
    print(
        f"{len(learned)} comments learned from, {len(held)} held back, {sum(spam for _, spam in held)} of them spam"
    )
    for name, share in measure(place).items():
        print(f"{name:12} {share:6.2f} % in the tray")


if __name__ == "__main__":
    main()
