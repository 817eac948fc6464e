"""Articles from a file. The same file a second time changes nothing, and one stopped half way is simply run again."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from django.db import DataError, IntegrityError, transaction
from django.utils.text import slugify

from advice.articles import indexing, related, workflow
from advice.articles.lines import Broken, Line, read
from advice.articles.models import Answer, AnswerStatus, Article, Column, Expert, Status, Tag, TagAlias

BATCH = 50
DEFAULT_COLUMN = "Letters"
OWN_ID = "slug:"  # of an exported article that was written here: it is known by its address

Progress = Callable[[str, int], None]
Outcome = Literal["created", "updated", "unchanged"]


@dataclass
class Report:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)  # number of the line, reason
    notes: Counter[str] = field(default_factory=Counter)


def import_lines(
    lines: Iterable[str | bytes],
    *,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Make or update an article of each line. A broken line is reported and the others are taken.

    Of several lines with one id the last is taken. With `strict` nothing is written if a line is broken; with
    `dry_run` nothing is written at all. The lines are gone through twice.
    """
    if iter(lines) is lines:
        lines = list(lines)
    first = Report()
    last = {line.id: number for number, line in _read(lines, first)}
    if strict and first.problems:
        return first
    report = Report()
    importer = _Importer(report, dry_run=dry_run)
    numbered = _last_ones(_read(lines, report), last, report)
    pauses = indexing.Pauses()
    while batch := list(islice(numbered, BATCH)):
        importer.take(batch)
        pauses.take()
        if progress:
            progress("lines", batch[-1][0])
    if not dry_run:
        related.refresh_many(importer.touched, (lambda done: progress("related", done)) if progress else None)
    report.problems.sort()
    return report


def _last_ones(
    lines: Iterable[tuple[int, Line]], last: dict[str, int], report: Report
) -> Iterator[tuple[int, Line]]:
    """Without those whose id stands in a later line too: a second run of the file would undo and redo them."""
    for number, line in lines:
        if last.get(line.id, number) == number:  # a file may grow meanwhile
            yield number, line
        else:
            report.notes["its id stands in a later line too, and only the last such line counts"] += 1


def _read(lines: Iterable[str | bytes], report: Report) -> Iterator[tuple[int, Line]]:
    for number, raw in enumerate(lines, start=1):
        try:
            line = read(raw)
        except Broken as broken:
            report.problems.append((number, str(broken)))
        else:
            if line is not None:
                report.notes.update(line.notes)
                yield number, line


class _Importer:
    def __init__(self, report: Report, *, dry_run: bool) -> None:
        self.report = report
        self.dry_run = dry_run
        self.touched: set[int] = set()
        self.names = _Names()

    def take(self, batch: list[tuple[int, Line]]) -> None:
        if self.dry_run:
            known = _known(line for _, line in batch)
            for _, line in batch:
                self._count(self._outcome(known.get(line.id), line))
            return
        with transaction.atomic():
            indexing.wait_for_turn()
            known = _known(line for _, line in batch)
            written, seen = set(), set()
            for number, line in batch:
                article = self._take(number, line, known.get(line.id))
                if article is not None:
                    written.add(article.pk)
                elif line.id in known:
                    seen.add(known[line.id].pk)
            indexing.index_many(written)
        public = Article.objects.filter(status=Status.PUBLISHED)
        # What stands without neighbours was brought in by a run that was stopped before it came to them.
        self.touched |= set(public.filter(pk__in=seen, related_rows=None).values_list("pk", flat=True))
        self.touched |= set(public.filter(pk__in=written).values_list("pk", flat=True))

    def _take(self, number: int, line: Line, stands: Article | None) -> Article | None:
        """The article that was written, None where nothing had to be or could be."""
        outcome = self._outcome(stands, line)
        if outcome == "unchanged":
            self._count(outcome)
            return None
        try:
            with transaction.atomic():
                article = self._write(stands, line)
        except (IntegrityError, DataError, workflow.NotPermitted) as error:
            self.report.problems.append((number, f"it could not be stored ({str(error).splitlines()[0]})"))
            self.names = _Names()  # what was made for this line is gone again
            return None
        self._count(outcome)
        return article

    def _count(self, outcome: Outcome) -> None:
        setattr(self.report, outcome, getattr(self.report, outcome) + 1)

    def _outcome(self, article: Article | None, line: Line) -> Outcome:
        if article is None:
            return "created"
        if article.is_retracted:
            self.report.notes["it was retracted here, and stays so"] += 1
            return "unchanged"
        if not self._differs(article, line):
            return "unchanged"
        if _is_worked_on(article):
            self.report.notes["it was worked on here, and stays so"] += 1
            return "unchanged"
        return "updated"

    def _differs(self, article: Article, line: Line) -> bool:
        answers = list(article.answers.all())
        stands = [(answer.expert.name.casefold() if answer.expert else "", answer.text) for answer in answers]
        return (
            any(getattr(article, name) != value for name, value in line.fields.items())
            or (line.published_at is not None and line.published_at != article.published_at)
            or (line.published_at is not None and article.status != Status.PUBLISHED)
            or bool(
                line.column
                and line.column.casefold() != (article.column.name.casefold() if article.column else "")
            )
            or bool(
                line.reviewed_by
                and line.reviewed_by.casefold()
                != (article.reviewer.name.casefold() if article.reviewer else "")
            )
            or bool(line.slug and not _is_slug(article.slug, line.slug))
            or (
                line.tags is not None
                and {tag.slug for tag in article.tags.all()} != self.names.slugs(line.tags)
            )
            or stands != [(answer.expert.casefold(), answer.text) for answer in line.answers]
            or any(answer.status != AnswerStatus.FILED for answer in answers)
        )

    def _write(self, article: Article | None, line: Line) -> Article:
        fields = dict(line.fields)
        if line.column:
            fields["column"] = self.names.column(line.column)
        elif line.published_at and (article is None or article.column is None):
            fields["column"] = self.names.column(DEFAULT_COLUMN)
            self.report.notes[f"it names no column, and stands in “{DEFAULT_COLUMN}”"] += 1
        if line.reviewed_by:
            fields["reviewer"] = self.names.expert(line.reviewed_by, "")
        if article is None:
            fields["import_id"] = line.id
        return workflow.bring_in(
            article,
            fields=fields,
            slug="" if article and _is_slug(article.slug, line.slug) else line.slug,
            tags=None if line.tags is None else self.names.tags(line.tags),
            answers=[
                Answer(expert=self.names.expert(answer.expert, answer.credentials), text=answer.text)
                for answer in line.answers
            ],
            at=line.published_at,
        )


def _known(lines: Iterable[Line]) -> dict[str, Article]:
    """The articles that stand here already, by the ids of their lines."""
    wanted = {line.id: line for line in lines}
    whole = Article.objects.select_related("column", "reviewer").prefetch_related(
        "tags", "answers__expert", "events"
    )
    found = {str(row.import_id): row for row in whole.filter(import_id__in=wanted)}
    own = {pk.removeprefix(OWN_ID) for pk in wanted.keys() - found.keys() if pk.startswith(OWN_ID)}
    for row in whole.filter(import_id=None, slug__in=own) if own else []:
        # Another site may have given the same address: it is ours only if it bears the same date.
        if row.published_at == wanted[OWN_ID + row.slug].published_at:
            found[OWN_ID + row.slug] = row
    return found


def _is_worked_on(article: Article) -> bool:
    """Whether it is not public and the desk has touched it since it came: what was written must not be lost."""
    if article.status == Status.PUBLISHED:
        return False
    return any(event.verb != "import" for event in article.events.all()) or any(
        answer.version > 1 for answer in article.answers.all()
    )


def _is_slug(slug: str, wish: str) -> bool:
    """Whether `slug` is what was made of `wish`: itself, or with a number where another article had it first."""
    return slug == wish or re.fullmatch(re.escape(wish[:70].strip("-")) + r"-\d+", slug) is not None


class _Names:
    """Experts, columns and tags by the names that lines give them; who is missing is made."""

    def __init__(self) -> None:
        self._experts = {expert.name.casefold(): expert for expert in Expert.objects.all()}
        self._columns = {column.name.casefold(): column for column in Column.objects.all()}
        tags = list(Tag.objects.all())
        # A tag is found by its slug, by another word for it, or by its name, whose slug may be another one.
        self._tags = {slugify(tag.name): tag for tag in tags}
        self._tags |= {alias.slug: alias.tag for alias in TagAlias.objects.select_related("tag")}
        self._tags |= {tag.slug: tag for tag in tags}

    def expert(self, name: str, credentials: str) -> Expert | None:
        if not name:
            return None
        expert = self._experts.get(name.casefold())
        if expert is None:
            slug = _unused(name, "expert", {each.slug for each in self._experts.values()})
            expert = Expert.objects.create(name=name, slug=slug, credentials=credentials)
            self._experts[name.casefold()] = expert
        elif credentials and not expert.credentials:
            expert.credentials = credentials
            expert.save(update_fields=["credentials"])
        return expert

    def column(self, name: str) -> Column:
        column = self._columns.get(name.casefold())
        if column is None:
            slug = _unused(name, "column", {each.slug for each in self._columns.values()})[:80]
            column = Column.objects.create(name=name, slug=slug, position=len(self._columns))
            self._columns[name.casefold()] = column
        return column

    def tags(self, wanted: dict[str, str]) -> list[Tag]:
        for slug, name in wanted.items():
            if slug not in self._tags:
                self._tags[slug] = Tag.objects.create(name=name, slug=slug)
        return [self._tags[slug] for slug in wanted]

    def slugs(self, wanted: dict[str, str]) -> set[str]:
        """The slugs of the tags that these are or would be; another word for a tag is that tag."""
        return {self._tags[slug].slug if slug in self._tags else slug for slug in wanted}


def _unused(name: str, otherwise: str, taken: set[str]) -> str:
    base = slugify(name)[:70].strip("-") or otherwise
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
