"""`make bench-search`: how well search and related articles find, how fast, and what it costs to build them.

quality    on labelled questions, beside plain FTS5, BM25, PostgreSQL's ts_rank and the bare MiniLM, in one run
times      search, its page, likeness to a letter, suggestions, related: at each size on each database
building   full text, vectors and related articles: seconds, memory, bytes, and continuing after a kill

Each part is written between its own marks in docs/performance.md. Databases stay in var/bench/ for the next run. Absolute
figures are this machine's; beside them stands their ratio to reading one row by its key.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import REPORT
from tests.searching import building, quality, sets, telling
from tests.searching.places import NAMES, Place, server

PARTS = ("quality", "building", "times")
END = "<!-- to here -->"


def choice(allowed: tuple[str, ...]) -> Any:
    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(allowed):
            raise argparse.ArgumentTypeError(f"not one of {', '.join(allowed)}: {', '.join(unknown)}")
        return [one for one in allowed if one in chosen]

    return parse


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", type=choice(PARTS), default=list(PARTS), help="one or more, with commas")
    parser.add_argument(
        "--sizes",
        type=lambda text: [int(one) for one in text.split(",")],
        default=[1_000, 10_000, 100_000],
        help="how many articles, with commas",
    )
    parser.add_argument("--databases", type=choice(tuple(NAMES)), default=list(NAMES))
    parser.add_argument(
        "--texts",
        choices=["headline", "bare"],
        default="headline",
        help="whether labelled questions come with their first words as headline, or with none",
    )
    parser.add_argument("--fresh", action="store_true", help="make the kept databases anew")
    parser.add_argument("--raw", type=Path, help="add all figures to this file, as JSON")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the figures, and leave the document alone"
    )
    return parser.parse_args()


def main() -> int:
    chosen = options()
    postgres = server() if "postgres" in chosen.databases else ""
    complaints: list[str] = []
    if "quality" in chosen.part:
        complaints += judge_quality(chosen, postgres)
    if {"building", "times"} & set(chosen.part):
        complaints += measure_sizes(chosen, postgres)
    print("\n".join(complaints) or "All goals are met.")
    return 1 if complaints else 0


def judge_quality(chosen: argparse.Namespace, postgres: str) -> Iterator[str]:
    folder = sets.folder()
    if folder is None:
        print("quality: left out, for the labelled sets are not here (TEST_DATA names their folder).")
        return iter(())
    print("quality:", flush=True)
    labelled = sets.read(folder)
    judged = quality.measure(
        labelled, chosen.databases, postgres, headline=chosen.texts == "headline", fresh=chosen.fresh
    )
    tell(
        chosen,
        "quality",
        telling.quality(judged, len(labelled.texts)),
        {k: vars(v) for k, v in judged.items()},
    )
    return telling.quality_missed(judged)


def measure_sizes(chosen: argparse.Namespace, postgres: str) -> Iterator[str]:
    timed: telling.Timed = {}
    builds: telling.Builds = {}
    for size in chosen.sizes:
        for database in chosen.databases:
            print(f"{size:,} articles on {NAMES[database]}:", flush=True)
            place = Place(str(size), database, postgres)
            building.load(place, size, fresh=chosen.fresh)
            if "building" in chosen.part or not place.state.get("built"):
                builds[size, database] = building.build(place, size)
            if "times" in chosen.part:
                timed[size, database] = place.run("timing.measure", asked=place.state["asked"]).result
    if "building" in chosen.part:
        raw = {f"{size} {database}": vars(built) for (size, database), built in builds.items()}
        tell(chosen, "building", telling.building(builds), raw)
        yield from telling.building_missed(builds)
    if timed:
        raw = {f"{size} {database}": found for (size, database), found in timed.items()}
        tell(chosen, "times", telling.times(timed), raw)
        yield from telling.times_missed(timed)


def tell(chosen: argparse.Namespace, part: str, text: str, raw: dict[str, Any]) -> None:
    print(f"\n{text}\n", flush=True)
    if chosen.raw:
        with chosen.raw.open("a") as file:
            file.write(f"{part}\n\n{text}\n\n{json.dumps(raw)}\n\n")
    if not chosen.dry_run:
        begin = f"<!-- make bench-search writes {part} from here -->"
        before, mark, rest = REPORT.read_text().partition(begin)
        assert mark, f"{REPORT.name} has no place for {part}"
        REPORT.write_text(f"{before}{begin}\n\n{text}\n\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    sys.exit(main())
