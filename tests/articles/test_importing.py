import datetime as dt
import json

import pytest

from advice.articles import workflow
from advice.articles.exporting import export_lines
from advice.articles.importing import import_lines
from advice.articles.models import (
    AnswerStatus,
    Article,
    ArticleEvent,
    Column,
    Expert,
    OldSlug,
    Related,
    Status,
    Tag,
    TagAlias,
)
from advice.articles.searching import search
from advice.search.models import IndexedDocument
from tests.factories import make_draft, make_expert, make_published

pytestmark = pytest.mark.django_db


def line(number: int = 1, **fields) -> str:
    given = {
        "id": f"it-{number}",
        "headline": f"Why does my calf cramp {number}?",
        "dek": "A dek.",
        "question": "My *calf* cramps.",
        "signature": "Adam",
        "answers": [
            {"text": "Dear Adam,\n\nIt **passes**.", "expert": "Priya Sandoval", "credentials": "RD"}
        ],
        "tags": ["Calf pain", "Sleep"],
        "column": "Body",
        "published_at": "2024-05-01T10:00:00+02:00",
        **fields,
    }
    return json.dumps({name: value for name, value in given.items() if value is not ...}, ensure_ascii=False)


def counts(report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.problems)


def test_a_line_becomes_a_published_article_with_all_it_says():
    report = import_lines(
        [line(updated_at="2024-06-01T00:00:00Z", source_url="https://example.org/a", undated=True)]
    )
    article = Article.objects.get()
    answer = article.answers.get()
    assert counts(report) == (1, 0, 0, 0)
    assert (article.headline, article.slug) == ("Why does my calf cramp 1?", "why-does-my-calf-cramp-1")
    assert (article.dek, article.signature, article.undated) == ("A dek.", "Adam", True)
    assert article.question_html == "<p>My <em>calf</em> cramps.</p>"
    assert article.published_at == dt.datetime(2024, 5, 1, 8, tzinfo=dt.UTC)
    assert article.updated_at == dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    assert (article.status, article.import_id) == (Status.PUBLISHED, "it-1")
    assert article.source_url == "https://example.org/a"
    assert article.column.name == "Body"
    assert [tag.slug for tag in article.tags.all()] == ["calf-pain", "sleep"]
    assert (answer.status, answer.filed_at) == (AnswerStatus.FILED, article.published_at)
    assert "<strong>passes</strong>" in answer.html
    assert answer.expert.byline == "Priya Sandoval, RD"
    assert list(article.events.values_list("verb", "before", "after")) == [("import", "", "published")]


def test_what_is_imported_is_found_and_has_neighbours():
    import_lines([line(number) for number in range(1, 5)])
    assert search("calf").total == 4
    assert Related.objects.count() == 4 * 3


def test_the_same_file_again_changes_nothing():
    import_lines([line(1), line(2)])
    before = list(Article.objects.values("pk", "slug", "version", "modified_at"))
    report = import_lines([line(1), line(2)])
    assert counts(report) == (0, 0, 2, 0)
    assert list(Article.objects.values("pk", "slug", "version", "modified_at")) == before
    assert ArticleEvent.objects.count() == 2


def test_the_same_id_with_other_words_updates_the_article():
    import_lines([line()])
    new = line(
        headline="Other", tags=["Sleep"], answers=[{"text": "New words", "expert": "Tom"}], column="Mind"
    )
    report = import_lines([new])
    article = Article.objects.get()
    assert counts(report) == (0, 1, 0, 0)
    assert (article.headline, article.slug) == ("Other", "why-does-my-calf-cramp-1")
    assert [tag.name for tag in article.tags.all()] == ["Sleep"]
    assert [(answer.expert.name, answer.text) for answer in article.answers.all()] == [("Tom", "New words")]
    assert article.column.name == "Mind"
    assert (search("words").total, search("passes").total) == (1, 0)


def test_what_a_line_does_not_name_stays_as_it_is():
    import_lines([line()])
    import_lines([line(headline="Other", dek=..., signature=..., tags=..., column=..., published_at=...)])
    article = Article.objects.get()
    assert (article.headline, article.dek, article.signature) == ("Other", "A dek.", "Adam")
    assert (article.tags.count(), article.column.name, article.status) == (2, "Body", Status.PUBLISHED)


def test_without_a_date_it_is_a_draft_and_not_found():
    import_lines([line(published_at=...)])
    article = Article.objects.get()
    assert (article.status, article.published_at, article.stage) == (Status.DRAFT, None, "filed")
    assert article.slug.startswith("draft-")
    assert search("calf").total == 0
    assert not IndexedDocument.objects.exists()


def test_a_draft_is_published_when_its_line_gets_a_date():
    import_lines([line(published_at=...)])
    assert counts(import_lines([line()])) == (0, 1, 0, 0)
    article = Article.objects.get()
    assert (article.status, article.slug) == (Status.PUBLISHED, "why-does-my-calf-cramp-1")
    assert list(article.events.values_list("before", "after")) == [("", "draft"), ("draft", "published")]


def test_a_date_to_come_makes_it_scheduled():
    import_lines([line(published_at="2999-01-01T00:00:00Z")])
    assert Article.objects.get().is_scheduled
    assert search("calf").total == 0


def test_broken_lines_are_reported_by_number_and_the_others_taken():
    lines = [line(1), "{", "", line(2, headline=...), "[1]", line(3), line(4, answers=[{"text": " "}])]
    report = import_lines(lines)
    assert counts(report) == (2, 0, 0, 4)
    assert [number for number, _ in report.problems] == [2, 4, 5, 7]
    assert Article.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": ...}, "“id” is missing"),
        ({"id": 7}, "“id” is not text"),
        ({"headline": "  "}, "“headline” is missing"),
        ({"headline": "x" * 161}, "“headline” has 161 characters, at most 160 are possible"),
        ({"question": 5}, "“question” is not text"),
        ({"question": "a\0b"}, "“question” holds a NUL character"),
        ({"question": " "}, "it is to be published and has no question"),
        ({"answers": ...}, "“answers” is not a list"),
        ({"answers": []}, "it is to be published and has no answer"),
        ({"answers": ["text"]}, "an answer is not a JSON object"),
        (
            {"answers": [{"text": "a", "expert": "Tom"}, {"text": "b", "expert": "tom"}]},
            "the same expert answers twice",
        ),
        ({"answers": [{"text": "a"}]}, "an answer names no expert, and the article no source"),
        ({"answers": [{"text": "a"}] * 21}, "“answers” has 21 entries, at most 20 are possible"),
        ({"tags": "calf"}, "“tags” is not a list"),
        (
            {"published_at": "2024-05-01T10:00:00"},
            "“published_at” has no offset from UTC: 2024-05-01T10:00:00",
        ),
        ({"published_at": "yesterday"}, "“published_at” is not a date and time: yesterday"),
        (
            {"published_at": "0001-01-01T00:00:00+05:00"},
            "“published_at” is not a date and time: 0001-01-01T00:00:00+05:00",
        ),
        ({"source_url": "javascript:alert(1)"}, "“source_url” is not an http address: javascript:alert(1)"),
        ({"undated": "yes"}, "“undated” is neither true nor false"),
    ],
)
def test_each_fault_has_its_reason(fields, reason):
    assert import_lines([line(**fields)]).problems == [(1, reason)]
    assert not Article.objects.exists()


def test_a_text_over_the_limit_is_a_fault_with_its_size():
    report = import_lines([line(question="é" * 25_001)])
    assert "50,002 bytes" in report.problems[0][1]


@pytest.mark.parametrize(
    "raw",
    ['{"a": ' * 5_000, '"' + "\\ud800" + '"', '{"id": "\\ud800", "headline": "x"}', b"\xff\xfe", "1" * 9_999],
)
def test_whatever_a_line_holds_it_is_reported(raw):
    assert [number for number, _ in import_lines([raw]).problems] == [1]


def test_a_mark_at_the_beginning_windows_line_ends_and_blank_lines_are_fine():
    raw = ("\ufeff" + line(1) + "\r\n\r\n" + line(2) + "\r\n").encode().splitlines(keepends=True)
    assert counts(import_lines(raw)) == (2, 0, 0, 0)


@pytest.mark.parametrize("odd", ["\0", "\ud800", "a\udfffb"])
@pytest.mark.parametrize(
    "name",
    [
        "id",
        "headline",
        "dek",
        "question",
        "signature",
        "column",
        "slug",
        "source_name",
        "source_url",
        "published_at",
        "updated_at",
        "expert",
        "credentials",
        "text",
        "tags",
    ],
)
def test_what_no_database_can_hold_is_reported(name, odd):
    if name == "tags":
        fields = {"tags": ["Sleep", odd]}
    elif name in {"expert", "credentials", "text"}:
        fields = {"answers": [{"text": "a", "expert": "Tom", name: odd}]}
    else:
        fields = {name: odd}
    for raw in (json.dumps(json.loads(line()) | fields), line(**fields)):
        report = import_lines([raw, line(2)])
        assert (report.created + report.unchanged, [number for number, _ in report.problems]) == (1, [1])


def test_a_key_is_noted_without_what_a_terminal_cannot_print():
    report = import_lines([line(**{"a\ud800\x1b[2J": 1})])
    assert list(report.notes) == ["“a??[2J” is not known, and was left out"]


def test_unknown_keys_are_left_out_with_a_note():
    report = import_lines([line(mood="happy")])
    assert (counts(report), dict(report.notes)) == (
        (1, 0, 0, 0),
        {"“mood” is not known, and was left out": 1},
    )


def test_strict_stops_before_anything_is_written():
    report = import_lines([line(1), "{", line(2)], strict=True)
    assert counts(report) == (0, 0, 0, 1)
    assert not Article.objects.exists()
    assert counts(import_lines(iter([line(1), line(2)]), strict=True)) == (2, 0, 0, 0)


def test_a_dry_run_counts_and_writes_nothing():
    import_lines([line(1), line(2)])
    before = list(Article.objects.values())
    report = import_lines(
        [line(1), line(2, headline="Other"), line(3), line(3, headline="x"), "{"], dry_run=True
    )
    assert counts(report) == (1, 1, 1, 1)
    assert list(Article.objects.values()) == before
    assert not Expert.objects.exclude(name="Priya Sandoval").exists()


def test_two_with_the_same_headline_get_different_addresses_and_keep_them():
    lines = [line(1, headline="Same"), line(2, headline="Same"), line(3, headline="Same", slug="same")]
    import_lines(lines)
    assert list(Article.objects.order_by("pk").values_list("slug", flat=True)) == ["same", "same-2", "same-3"]
    assert counts(import_lines(lines)) == (0, 0, 3, 0)


def test_of_lines_with_one_id_the_last_is_taken_and_a_second_run_changes_nothing():
    lines = [line(1), line(2), line(1, headline="Later"), line(1, headline=...)]
    report = import_lines(iter(lines))
    assert (counts(report), [number for number, _ in report.problems]) == ((2, 0, 0, 1), [4])
    assert Article.objects.get(import_id="it-1").headline == "Later"
    assert dict(report.notes) == {"its id stands in a later line too, and only the last such line counts": 1}
    assert counts(import_lines(lines)) == (0, 0, 2, 1)


def test_a_draft_that_was_worked_on_here_keeps_its_texts():
    lines = [line(number, published_at=...) for number in (1, 2, 3, 4)]
    import_lines(lines)
    assigned, edited, answered, untouched = Article.objects.order_by("pk")
    answer = workflow.assign(assigned, expert=make_expert(), by=None)
    workflow.save_answer(answer, text="Half a night's work.", by=None, version=answer.version)
    workflow.edit(edited, by=None, version=edited.version, headline="Edited here")
    answer = answered.answers.get()
    workflow.save_answer(answer, text="Mended here.", by=None, version=answer.version)
    report = import_lines([line(number, headline="From the file") for number in (1, 2, 3, 4)])
    assert counts(report) == (0, 1, 3, 0)
    assert dict(report.notes) == {"it was worked on here, and stays so": 3}
    assert [row.text for row in assigned.answers.all()][1] == "Half a night's work."
    assert answered.answers.get().text == "Mended here."
    edited.refresh_from_db()
    untouched.refresh_from_db()
    assert (edited.headline, edited.status) == ("Edited here", Status.DRAFT)
    assert (untouched.headline, untouched.status) == ("From the file", Status.PUBLISHED)


def test_what_was_taken_off_here_is_not_published_again():
    import_lines([line()])
    workflow.unpublish(Article.objects.get(), by=None)
    assert counts(import_lines([line()])) == (0, 0, 1, 0)
    assert Article.objects.get().status == Status.DRAFT


def test_a_published_article_that_was_edited_here_is_updated_all_the_same():
    import_lines([line()])
    article = Article.objects.get()
    workflow.edit(article, by=None, version=article.version, headline="Edited here")
    assert counts(import_lines([line()])) == (0, 1, 0, 0)
    assert Article.objects.get().headline == "Why does my calf cramp 1?"


def test_a_new_address_leaves_the_old_one_redirecting():
    import_lines([line(slug="old")])
    import_lines([line(slug="new")])
    assert Article.objects.get().slug == "new"
    assert OldSlug.objects.get().slug == "old"


def test_experts_columns_and_tags_are_found_in_any_spelling_of_case_and_accents():
    TagAlias.objects.create(slug="rest", tag=Tag.objects.create(name="Sleep", slug="sleep"))
    Column.objects.create(name="BODY", slug="b")
    Expert.objects.create(name="priya sandoval", slug="p", credentials="MD")
    import_lines([line(tags=["rest", "SLEEP", "Café", "cafe"])])
    article = Article.objects.get()
    assert [tag.slug for tag in article.tags.all()] == ["cafe", "sleep"]
    assert (article.column.slug, article.answers.get().expert.credentials) == ("b", "MD")
    assert (Column.objects.count(), Expert.objects.count()) == (1, 1)
    assert counts(import_lines([line(tags=["rest", "SLEEP", "Café", "cafe"])])) == (0, 0, 1, 0)


def test_a_tag_too_long_for_the_site_is_left_out_with_a_note():
    report = import_lines([line(tags=["x" * 61, "Sleep", "!!!"])])
    assert [tag.name for tag in Article.objects.get().tags.all()] == ["Sleep"]
    assert len(report.notes) == 2


def test_an_answer_without_expert_needs_a_source():
    answers = [{"text": "Relax."}, {"text": "And rest."}]
    import_lines([line(answers=answers, source_name="Runner’s World")])
    article = Article.objects.get()
    assert [answer.expert for answer in article.answers.all()] == [None, None]
    assert article.source_name == "Runner’s World"


def test_a_published_one_without_column_stands_in_letters():
    report = import_lines([line(column=...)])
    assert Article.objects.get().column.name == "Letters"
    assert list(report.notes) == ["it names no column, and stands in “Letters”"]


def test_a_retracted_article_is_not_brought_back():
    import_lines([line()])
    workflow.retract(Article.objects.get(), reason="It was wrong.", by=None)
    report = import_lines([line(headline="Other")])
    assert counts(report) == (0, 0, 1, 0)
    assert (Article.objects.get().status, Article.objects.get().headline) == (
        Status.RETRACTED,
        "Why does my calf cramp 1?",
    )


def test_a_run_that_was_stopped_is_finished_by_the_next(monkeypatch):
    lines = [line(number) for number in range(1, 6)]
    with monkeypatch.context() as patch:
        patch.setattr(
            "advice.articles.related.refresh_many", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            import_lines(lines[:3])
    assert Related.objects.count() == 0
    assert counts(import_lines(lines)) == (2, 0, 3, 0)
    assert Related.objects.count() == 5 * 4
    assert search("calf").total == 5


def test_one_line_that_the_database_refuses_does_not_stop_the_others(monkeypatch):
    real = workflow.bring_in

    def refuse(article, *, fields, **rest):
        made = real(article, fields=fields, **rest)
        if fields["headline"] == "Bad":
            Column.objects.create(name=made.column.name, slug="twice")
        return made

    monkeypatch.setattr(workflow, "bring_in", refuse)
    report = import_lines(
        [line(1), line(2, headline="Bad", column="New", tags=["Fresh"]), line(3, column="New")]
    )
    assert (report.created, [number for number, _ in report.problems]) == (2, [2])
    assert not Tag.objects.filter(name="Fresh").exists()
    assert Article.objects.filter(column__name="New").count() == 1


def test_what_is_exported_and_imported_again_is_the_same():
    import_lines(
        [
            line(1, source_name="Runner’s World", undated=True, updated_at="2024-06-01T00:00:00Z"),
            line(2, published_at=...),
        ]
    )
    import_lines(
        [
            line(3, published_at="2999-01-01T00:00:00Z", slug="s" * 78),
            line(4, headline="Same"),
            line(5, headline="Same"),
        ]
    )
    make_published(headline="Written here")
    make_draft(headline="A draft")
    first = list(export_lines())
    assert counts(import_lines(first)) == (0, 0, 7, 0)
    Article.objects.all().delete()
    assert counts(import_lines(first)) == (7, 0, 0, 0)
    assert list(export_lines()) == first


def test_an_article_of_another_site_with_the_same_address_is_not_taken_for_ours():
    ours = make_published(headline="Black toenails")
    import_lines([line(id="slug:black-toenails", headline="Black toenails")])
    assert list(Article.objects.order_by("pk").values_list("slug", flat=True)) == [
        "black-toenails",
        "black-toenails-2",
    ]
    ours.refresh_from_db()
    assert ours.question == "My calf twitches."


def test_the_retracted_are_not_exported():
    import_lines([line(1), line(2)])
    workflow.retract(Article.objects.get(import_id="it-1"), reason="It was wrong.", by=None)
    assert [json.loads(row)["id"] for row in export_lines()] == ["it-2"]
