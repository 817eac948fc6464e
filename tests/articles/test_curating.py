"""What articles stand under is changed in one place, which leaves a line of each act."""

import pytest
from django.contrib.admin.models import LogEntry

from advice.articles import curating
from advice.articles.models import Tag
from advice.articles.workflow import NotPermitted
from advice.reading import changes
from advice.trace.models import Act
from tests.factories import make_published, make_tag, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db):
    return make_user()


def lines():
    return [str(act) for act in Act.objects.filter(kind="tag").order_by("pk")]


def test_each_act_on_a_tag_leaves_its_line(by):
    tag, into = curating.make_tag(by=by, name="Calf", slug="calf"), make_tag()
    pk = tag.pk
    curating.edit_tag(tag, by=by, name="Calves")
    curating.add_word(tag, "shank", by=by)
    curating.remove_word(tag, "shank", by=by)
    curating.merge_tags(tag, into, by=by)
    curating.delete_tag(into, by=by)
    assert lines() == [
        *(f"{verb} tag {pk}" for verb in ("make", "edit", "edit", "edit", "merge")),
        f"delete tag {into.pk}",
    ]


def test_a_name_that_stands_in_feeds_makes_them_newer(by):
    tag = make_tag()
    make_published(tags=[tag])
    before = changes.last()
    curating.edit_tag(tag, by=by, name="Another")
    assert changes.last() > before
    assert LogEntry.objects.get().object_repr == "Another"


def test_two_who_merge_the_same_tag_do_it_once(by):
    tag, into = make_tag(), make_tag()
    again = Tag.objects.get(pk=tag.pk)
    curating.merge_tags(tag, into, by=by)
    with pytest.raises(NotPermitted):
        curating.merge_tags(again, into, by=by)
    with pytest.raises(NotPermitted):
        curating.merge_tags(into, into, by=by)


def test_a_tag_that_an_article_got_meanwhile_is_not_deleted(by):
    tag = make_tag()
    make_published(tags=[tag])
    with pytest.raises(NotPermitted):
        curating.delete_tag(tag, by=by)
    assert Tag.objects.filter(pk=tag.pk).exists()
    assert lines() == []


def test_each_act_on_columns_and_experts_leaves_its_line(by):
    column = curating.make_column(by=by, name="Sports", slug="sports")
    expert = curating.make_expert(by=by, name="Ines", slug="ines")
    numbers = {"column": column.pk, "expert": expert.pk}
    curating.edit_column(column, by=by, experts=[expert])
    curating.raise_column(column, by=by)
    curating.edit_expert(expert, by=by, title="Physician")
    curating.delete_column(column, by=by)
    curating.delete_expert(expert, by=by)
    done = [str(act) for act in Act.objects.filter(kind__in=numbers).order_by("pk")]
    assert done == [
        f"{verb} {kind} {numbers[kind]}"
        for verb, kind in (
            *(("make", "column"), ("make", "expert"), ("edit", "column"), ("edit", "column")),
            *(("edit", "expert"), ("delete", "column"), ("delete", "expert")),
        )
    ]
