"""What it costs to build all anew: seconds, memory and bytes, and what is done twice after a stop in the middle."""

from dataclasses import dataclass, field

from tests.searching.places import Done, Place

FULL_TEXT, VECTORS, RELATED = "full text", "vectors", "related"
_TASKS = {VECTORS: "building.vectors", RELATED: "building.neighbours"}


@dataclass
class Built:
    seconds: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)  # MiB
    killed_at: dict[str, int] = field(default_factory=dict)
    done_twice: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)  # of all articles
    tables: dict[str, int] = field(default_factory=dict)


def load(place: Place, size: int, *, fresh: bool) -> bool:
    """Articles by rule, nothing built. Gives whether they came now."""
    if not place.prepare(fresh=fresh, by_engine=size <= 10_000) and "asked" in place.state:
        return False
    done = place.run("loading.by_rule", size=size)
    place.remember(asked=done.result)
    print(f"  {place.folder.name}: loaded in {done.seconds:.0f} s", flush=True)
    return True


def build(place: Place, size: int) -> Built:
    """All anew. Vectors and related articles are killed in the middle and begun again: their time is that of both runs."""
    built = Built()
    if place.state.get("built"):
        place.run("building.clear")
    place.remember(built=False)
    add(built, FULL_TEXT, place.run("building.full_text"))
    for name, task in _TASKS.items():
        first = place.run(task, kill=lambda done: done >= size // 2)
        if first.result is False:  # there is no model
            continue
        add(built, name, first)
        if first.killed:
            second = place.run(task)
            add(built, name, second)
            built.killed_at[name] = first.said[-1]
            built.done_twice[name] = max(0, first.said[-1] + worked(second.said) - size)
        print(f"  {place.folder.name}: {name} in {built.seconds[name]:.1f} s", flush=True)
    weighed = place.run("building.weigh").result
    built.tables = dict(sorted(weighed.items()))
    for table, size_of in weighed.items():
        if group := group_of(table):
            built.bytes[group] = built.bytes.get(group, 0) + size_of
    place.remember(built=True)
    place.remember_engine()
    return built


def add(built: Built, name: str, done: Done) -> None:
    built.seconds[name] = built.seconds.get(name, 0) + done.seconds
    built.peak[name] = max(built.peak.get(name, 0), done.peak)


def worked(said: list[int]) -> int:
    """How many were done by a run that gave these numbers, whether it counts from where it took up or from nothing."""
    if not said:
        return 0
    step = said[1] - said[0] if len(said) > 1 else said[0]
    return said[-1] - said[0] + min(step, said[0])


def group_of(table: str) -> str:
    if table.startswith("search_"):
        is_vectors = any(word in table for word in ("vector", "meaning", "embedding"))
        return VECTORS if is_vectors else FULL_TEXT
    if table.startswith("articles_related"):
        return RELATED
    return "articles" if table.startswith("articles_") else ""
