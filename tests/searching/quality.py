"""How well it is found: the labelled sets, through the site's own door and through what it is compared with."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.searching import baselines, minilm
from tests.searching.places import KEPT, NAMES, Place
from tests.searching.sets import Judged, Sets, judge

FTS5, BARE = "FTS5's bm25, any word, Porter", "bare MiniLM, exact cosine"


def measure(
    sets: Sets, databases: Sequence[str], postgres: str, *, headline: bool, fresh: bool
) -> dict[str, Judged]:
    """Each approach by its name. What cannot be measured here is said and left out."""
    judged: dict[str, Judged] = {}

    def add(name: str, answers: baselines.Answers) -> None:
        judged[name] = judge(sets, answers)
        recall = " ".join(f"{judged[name].recall(one):.1f}" for one in judged[name].recalls)
        print(f"  {name}: recall@5 {recall}", flush=True)

    add(FTS5, baselines.fts5(sets))
    add("BM25 (bm25s), stemmed", baselines.bm25(sets))
    if refusal := minilm.refusal():
        print(f"  {BARE}: left out, {refusal}")
    else:
        add(BARE, baselines.minilm(sets, KEPT))
    if "postgres" in databases:
        add("PostgreSQL's ts_rank, any word", baselines.ts_rank(sets, postgres))
    for database in databases:
        place = Place(f"questions-{'headline' if headline else 'bare'}", database, postgres)
        has_vectors = build(place, sets.texts, headline=headline, fresh=fresh)
        for without in (False, True) if has_vectors else (True,):
            add(
                f"ours on {NAMES[database]}, {'without' if without else 'with'} the model",
                ask(place, sets, without_model=without),
            )
        for near, name in ((False, "the form's address"), (True, "what the form shows unasked")):
            add(f"{name}, on {NAMES[database]}", ask_form(place, sets, near=near))
    return judged


def build(place: Place, texts: Sequence[str], *, headline: bool, fresh: bool) -> bool:
    """The questions as published articles, in the index. Gives whether meanings are known, too."""
    if place.prepare(fresh=fresh, by_engine=True) or "has_vectors" not in place.state:
        path = _write(place.folder / "texts.json", texts)
        place.run("loading.questions", path=path, with_headline=headline)
        took = place.run("asking.index").seconds
        vectors = place.run("building.vectors")
        place.remember(has_vectors=vectors.result)
        print(
            f"  {place.folder.name}: indexed in {took:.0f} s, vectors in {vectors.seconds:.0f} s", flush=True
        )
    return bool(place.state["has_vectors"])


def ask(place: Place, sets: Sets, *, without_model: bool) -> baselines.Answers:
    path = _write(place.folder / "queries.json", [query.text for query in sets.queries])
    done = place.run("asking.similar", without_model=without_model, path=path)
    return [(found, took) for found, took in done.result]


def ask_form(place: Place, sets: Sets, *, near: bool) -> baselines.Answers:
    path = _write(place.folder / "queries.json", [query.text for query in sets.queries])
    done = place.run("asking.posted", path=path, near=near)
    return [(found, took) for found, took in done.result]


def _write(path: Path, texts: Sequence[str]) -> str:
    path.write_text(json.dumps(texts))
    return str(path)
