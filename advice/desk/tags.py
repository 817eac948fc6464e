"""Tags at the desk: which are used, their names and other words, and two that mean the same made one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import curating
from advice.articles.models import Article, Tag
from advice.articles.workflow import NotPermitted
from advice.desk import curating as saving
from advice.desk.catalogue_forms import MergeTagForm, TagForm, TagListForm, WordForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person

PER_PAGE = 30
TAGGING = Article.tags.through


def unused() -> "QuerySet[Tag]":
    return Tag.objects.filter(~Exists(TAGGING.objects.filter(tag=OuterRef("pk"))))


@for_editors
@require_GET
def tags(request: HttpRequest) -> HttpResponse:
    form = TagListForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    current = Paginator(_narrowed(given), PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    rows = _counted(list(current))
    context = {
        "page": current,
        "rows": rows,
        "form": form,
        "narrowed": any(given.values()),
        "kept": kept.urlencode(),
    }
    return page(request, "tags.html", context, section="manage", status=422 if form.errors else 200)


def _narrowed(given: dict[str, Any]) -> "QuerySet[Tag]":
    found = unused() if given.get("unused") else Tag.objects.all()
    if words := given.get("q"):
        found = found.filter(Q(name__icontains=words) | Q(aliases__slug__icontains=words)).distinct()
    if given.get("sort") == "use":
        return found.annotate(uses=Count("articles", distinct=True)).order_by("-uses", "name", "pk")
    return found.order_by("name", "pk")


def _counted(found: list[Tag]) -> list[dict[str, Any]]:
    """Each with how many articles have it; of this page's tags alone, for a tag may be on thousands."""
    taggings = TAGGING.objects.filter(tag__in=found).order_by()
    everywhere = dict(taggings.values_list("tag").annotate(count=Count("pk")))
    public = taggings.filter(article__in=Article.objects.published())
    printed = dict(public.values_list("tag").annotate(count=Count("pk")))
    return [{"tag": tag, "all": everywhere.get(tag.pk, 0), "public": printed.get(tag.pk, 0)} for tag in found]


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = TagForm(request.POST if request.method == "POST" else None)

    def show(form: TagForm, *, status: int = 200) -> HttpResponse:
        return page(request, "tag_new.html", {"form": form}, section="manage", status=status)

    return saving.save(request, form, show=show, act=curating.make_tag, to="desk:tag")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=pk)
    form = TagForm(request.POST if request.method == "POST" else None, instance=tag)

    def act(**fields: Any) -> Tag:
        return curating.edit_tag(tag, **fields)

    def show(form: TagForm, *, status: int = 200) -> HttpResponse:
        return _show(request, pk, form=form, status=status)

    return saving.save(request, form, show=show, act=act, to="desk:tag")


def _show(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The tag's page; `more` holds the form that was sent and is shown again."""
    tag = get_object_or_404(Tag, pk=pk)  # as it stands, whatever was typed
    context = {
        **_counted([tag])[0],
        "words": tag.aliases.order_by("slug"),
        "form": TagForm(instance=tag),
        "word_form": WordForm(tag),
        **more,
    }
    return page(request, "tag.html", context, section="manage", status=status)


@for_editors
@require_POST
def add_word(request: HttpRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=pk)
    form = WordForm(tag, request.POST)

    def act(word: str, **fields: Any) -> Tag:
        curating.add_word(tag, word, **fields)
        return tag

    def show(form: WordForm, *, status: int = 200) -> HttpResponse:
        return _show(request, pk, word_form=form, status=status)

    return saving.save(request, form, show=show, act=act, to="desk:tag")


@for_editors
@require_POST
def remove_word(request: HttpRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=pk)
    try:
        curating.remove_word(tag, request.POST.get("word", "").replace("\0", ""), by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, pk, status=409)
    messages.success(request, _("The word is taken away. Its address still leads here."))
    return redirect("desk:tag", pk)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """First which one, by an address; then what will happen, with the button that does it."""
    tag = get_object_or_404(Tag, pk=pk)
    given = request.POST if request.method == "POST" else request.GET
    form = MergeTagForm(tag, given if "into" in given else None)
    if form.is_bound and not form.is_valid():
        return _ask_merge(request, tag, form, status=422)
    if request.method != "POST" or not form.is_bound:
        return _ask_merge(request, tag, form, status=200 if request.method != "POST" else 422)
    if not saving.may_change(request):
        return _ask_merge(request, tag, form, status=409)
    into = form.cleaned_data["into"]
    name = tag.name
    try:
        curating.merge_tags(tag, into, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return redirect("desk:tags")
    messages.success(
        request,
        _("“%(tag)s” was merged into “%(into)s”. Its address leads there.")
        % {"tag": name, "into": into.name},
    )
    return redirect("desk:tag", into.pk)


def _ask_merge(request: HttpRequest, tag: Tag, form: MergeTagForm, *, status: int) -> HttpResponse:
    into: Tag | None = form.cleaned_data.get("into") if form.is_bound and form.is_valid() else None
    context: dict[str, Any] = {**_counted([tag])[0], "form": form, "into": into}
    if into:
        had = TAGGING.objects.filter(tag=into).values("article")
        context["both"] = tag.articles.filter(pk__in=had).count()
        context["moved"] = context["all"] - context["both"]
        context["paths"] = [tag.get_absolute_url(), *map(_path, tag.aliases.order_by("slug"))]
    return page(request, "tag_merge.html", context, section="manage", status=status)


def _path(alias: Any) -> str:
    return curating.path_of_tag(alias.slug)


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=pk)
    if not saving.may_change(request):
        return _show(request, pk, status=409)
    try:
        curating.delete_tag(tag, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, pk, status=409)
    messages.success(request, _("Deleted."))
    return redirect("desk:tags")


def summary() -> str:
    """“41, 6 unused”."""
    count, idle = Tag.objects.count(), unused().count()
    return f"{count}, {ngettext('%(count)d unused', '%(count)d unused', idle) % {'count': idle}}"
