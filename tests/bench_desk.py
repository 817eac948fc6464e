"""`make bench-desk`: how long the desk's pages take with 10,000 letters beside 100,000 articles, on both databases.

The table is written between its marks in docs/performance.md. Databases stay in var/bench/ for the next run, until what
fills them or a migration changes. Figures are the server's time for a whole page in one process, without a network.
"""

import argparse
import statistics
import sys
from typing import Any

from tests.bench import REPORT
from tests.bench_search import END, choice
from tests.searching.building import load
from tests.searching.places import NAMES, Place, server
from tests.searching.telling import measured_on, p95

LETTERS, ARTICLES = 10_000, 100_000
GOAL = 100.0  # milliseconds, the median
BEGIN = "<!-- make bench-desk writes from here -->"
Found = dict[str, dict[str, Any]]  # by page


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--databases", type=choice(tuple(NAMES)), default=list(NAMES))
    parser.add_argument("--letters", type=int, default=LETTERS)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--fresh", action="store_true", help="make the kept databases anew")
    parser.add_argument("--slowest", action="store_true", help="print the slowest query of each page, too")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the figures, and leave the document alone"
    )
    return parser.parse_args()


def main() -> int:
    chosen = options()
    found = {database: measure(database, chosen) for database in chosen.databases}
    text = table(found, chosen.letters, chosen.articles)
    print(f"\n{text}\n")
    if not chosen.dry_run:
        before, mark, rest = REPORT.read_text().partition(BEGIN)
        assert mark, f"{REPORT.name} has no place for it"
        REPORT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}")
    complaints = list(missed(found))
    print("\n".join(complaints) or "All goals are met.")
    return 1 if complaints else 0


def measure(database: str, chosen: argparse.Namespace) -> Found:
    place = Place(
        f"desk-{chosen.articles}-{chosen.letters}", database, server() if database == "postgres" else ""
    )
    fresh = chosen.fresh or not place.state.get("filled")  # one that was left half-filled is no use
    if load(place, chosen.articles, fresh=fresh):
        place.remember(filled=place.run("desk.fill", letters=chosen.letters).result)
    print(f"{chosen.letters:,} letters and {chosen.articles:,} articles on {NAMES[database]} ...", flush=True)
    found: Found = place.run("desk.measure").result
    for page, one in found.items() if chosen.slowest else ():
        milliseconds, sql = one["slowest"]
        print(
            f"{database}, {page}: {statistics.median(one['milliseconds']):.0f} ms; {milliseconds:.0f} ms: {sql[:2_000]}"
        )
    return found


def table(found: dict[str, Found], letters: int, articles: int) -> str:
    names = [NAMES[database] for database in found]
    rows = [
        f"| page, median / p95 in ms | {' | '.join(names)} | queries |",
        f"|---|{'---|' * len(names)}---|",
    ]
    for page, first in next(iter(found.values())).items():
        cells = [
            f"**{statistics.median(times):.0f}** / {p95(times):.0f}"
            for times in (one[page]["milliseconds"] for one in found.values())
        ]
        rows.append(f"| {page} | {' | '.join(cells)} | {first['queries']} |")
    return "\n".join([*rows, "", f"{letters:,} letters, {articles:,} articles. {measured_on()}."])


def missed(found: dict[str, Found]) -> list[str]:
    return [
        f"{page} takes {statistics.median(one['milliseconds']):.0f} ms on {NAMES[database]}, more than {GOAL:.0f}."
        for database, pages in found.items()
        for page, one in pages.items()
        if statistics.median(one["milliseconds"]) > GOAL
    ]


if __name__ == "__main__":
    sys.exit(main())
