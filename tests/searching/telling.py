"""The figures as tables, and which goals are missed."""

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.searching.building import FULL_TEXT, RELATED, VECTORS, Built
from tests.searching.language import KINDS, LENGTHS
from tests.searching.places import NAMES
from tests.searching.quality import BARE
from tests.searching.sets import GOALS, SETS, Judged

# recall@5 and MRR@10 of FTS5's bm25 over any word when the model was chosen (docs/decisions/0011-meaning.md), on the same
# sets: what search has to reach without a model. The FTS5 of each run is printed beside, and is a query better or worse.
WORDS_ALONE = {"mqp": (92.0, 85.7), "rqe-train": (92.9, 90.1), "semeval, pooled": (28.2, 51.4)}
NEAR = 2.0  # points below the bare MiniLM that are allowed
SEARCH_GOALS = {10_000: 30.0, 100_000: 80.0}  # milliseconds, p95
SIMILAR_GOAL, SUGGESTION_GOAL = 150.0, 20.0
BUILD_GOALS = {FULL_TEXT: 3 * 60, VECTORS + " and " + RELATED: 60 * 60}  # seconds, for 100,000
MEMORY_GOAL = 1024.0  # MiB
Timed = dict[tuple[int, str], dict[str, Any]]  # by size and database
Builds = dict[tuple[int, str], Built]


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measured_on() -> str:
    return f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {os.cpu_count()} cores"


# -- quality ------------------------------------------------------------------------------------------------------


def quality(judged: dict[str, Judged], questions: int) -> str:
    names = [*SETS, "semeval, pooled", "mean"]
    rows = [
        f"| recall@5 / MRR@10, percent | {' | '.join(names)} | ms a query, median | p95 |",
        f"|---|{'---|' * len(names)}---|---|",
    ]
    for approach, one in judged.items():
        cells = [f"{one.recall(name):.1f}/{one.rank(name):.1f}" for name in SETS]
        cells.append(f"{one.recall(*GOALS['semeval, pooled']):.1f}/{one.rank(*GOALS['semeval, pooled']):.1f}")
        cells.append(
            f"{statistics.mean(map(one.recall, SETS)):.1f}/{statistics.mean(map(one.rank, SETS)):.1f}"
        )
        times = one.milliseconds
        rows.append(
            f"| {approach} | {' | '.join(cells)} | {statistics.median(times):.1f} | {p95(times):.1f} |"
        )
    queries = sum(len(some) for some in next(iter(judged.values())).recalls.values())
    return "\n".join([*rows, "", f"{queries} queries, {questions:,} questions. {measured_on()}."])


def quality_missed(judged: dict[str, Judged]) -> Iterator[str]:
    for approach, one in judged.items():
        if not approach.startswith("ours"):
            continue
        is_without = "without" in approach
        if not is_without and BARE not in judged:
            continue
        for name, sets in GOALS.items():
            bare = None if is_without else judged[BARE]
            goals = (
                WORDS_ALONE[name] if bare is None else (bare.recall(*sets) - NEAR, bare.rank(*sets) - NEAR)
            )
            for measure, mine, goal in zip(
                ("recall@5", "MRR@10"), (one.recall(*sets), one.rank(*sets)), goals, strict=True
            ):
                if mine < goal - 0.05:
                    yield f"{approach}: {measure} on {name} is {mine:.1f}, and the goal {goal:.1f}."


# -- times --------------------------------------------------------------------------------------------------------


def times(results: Timed) -> str:
    places = list(results)
    rows = [
        f"| p50 / p95 in ms (p95 × one row by its key) | {' | '.join(f'{size:,} {NAMES[on]}' for size, on in places)} |",
        f"|---|{'---|' * len(places)}",
    ]
    for name in dict.fromkeys(name for one in results.values() for name in one["milliseconds"]):
        cells = [_times(results[place]["milliseconds"], name) for place in places]
        rows.append(f"| {_titled(name)} | {' | '.join(cells)} |")
    related = [
        f"{one['related']['queries']}, {'reads a whole table' if one['related']['whole tables'] else 'by indexes'}"
        for one in results.values()
    ]
    rows.append(f"| related: queries | {' | '.join(related)} |")
    return "\n".join([*rows, "", f"{measured_on()}."])


def _times(found: dict[str, list[float]], name: str) -> str:
    if name not in found:
        return ""
    unit = statistics.median(found["one row by its key"])
    return (
        f"{statistics.median(found[name]):.1f} / **{p95(found[name]):.1f}** ({p95(found[name]) / unit:.0f}×)"
    )


def _titled(name: str) -> str:
    what, _, rest = name.partition(", ")
    kind, _, number = rest.partition(" ")
    if kind == "letter":
        return f"similar to a letter of {number} words"
    return f"{what}: {kind}, {number} word{'s' if number != '1' else ''}" if rest else name


def times_missed(results: Timed) -> Iterator[str]:
    for (size, database), one in results.items():
        where = f"{size:,} on {NAMES[database]}"
        found = one["milliseconds"]
        for kind in KINDS:
            all_of = [t for length in LENGTHS for t in found[f"search, {kind} {length}"]]
            goal = min((ms for least, ms in SEARCH_GOALS.items() if size <= least), default=80.0)
            if p95(all_of) > goal:
                yield f"Search for {kind} words, {where}: p95 {p95(all_of):.0f} ms, goal {goal:.0f}."
        for name, values in found.items():
            if name.startswith("similar") and p95(values) > SIMILAR_GOAL:
                yield f"{_titled(name)}, {where}: p95 {p95(values):.0f} ms, goal {SIMILAR_GOAL:.0f}."
        if "suggestions" in found and p95(found["suggestions"]) > SUGGESTION_GOAL:
            yield f"Suggestions, {where}: p95 {p95(found['suggestions']):.0f} ms, goal {SUGGESTION_GOAL:.0f}."
        if one["related"]["queries"] != 1 or one["related"]["whole tables"]:
            yield f"Related, {where}: not one query by an index: {one['related']}"


# -- building -----------------------------------------------------------------------------------------------------


def building(results: Builds) -> str:
    rows = [
        "| articles | on | full text | vectors | related | most memory | killed at, then done twice | bytes an article: itself / full text / vectors / related |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (size, database), built in results.items():
        seconds = [
            f"{built.seconds[name]:.1f} s" if name in built.seconds else "no model"
            for name in (FULL_TEXT, VECTORS, RELATED)
        ]
        killed = ", ".join(
            f"{name}: {at:,}, {built.done_twice[name]:,}" for name, at in built.killed_at.items()
        )
        weights = " / ".join(
            f"{built.bytes.get(name, 0) / size:,.0f}" for name in ("articles", FULL_TEXT, VECTORS, RELATED)
        )
        rows.append(
            f"| {size:,} | {NAMES[database]} | {' | '.join(seconds)} | {max(built.peak.values()):.0f} MiB | {killed} | {weights} |"
        )
    return "\n".join([*rows, "", f"{measured_on()}, of which two are used."])


def building_missed(results: Builds) -> Iterator[str]:
    for (size, database), built in results.items():
        share = size / 100_000
        found = {
            FULL_TEXT: built.seconds[FULL_TEXT],
            VECTORS + " and " + RELATED: built.seconds.get(VECTORS, 0) + built.seconds[RELATED],
        }
        for name, goal in BUILD_GOALS.items():
            # Starting a process takes some seconds, which at small sizes would be all.
            if found[name] > goal * share + 10:
                yield f"{name}, {size:,} on {NAMES[database]}: {found[name]:.0f} s, goal {goal:.0f} s for 100,000."
        if max(built.peak.values()) > MEMORY_GOAL:
            yield f"Building {size:,} on {NAMES[database]} takes {max(built.peak.values()):.0f} MiB."
        for name, twice in built.done_twice.items():
            if twice > size / 20:
                yield f"{name}, {size:,} on {NAMES[database]}: {twice:,} are done twice after a stop."
