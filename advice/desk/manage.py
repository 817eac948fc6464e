"""What the desk looks after now and then, on one page, with how much there is of each."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from advice.accounts.models import User
from advice.articles.models import (
    Column,
    Expert,
    FormerAddress,
    OldSlug,
    Page,
    Promotion,
    RelatedChoice,
    Snippet,
)
from advice.desk import experts, tags
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.letters.models import RedFlag, SavedReply
from advice.search.models import Synonym

Entry = dict[str, Any]


@for_editors
@require_GET
def manage(request: HttpRequest) -> HttpResponse:
    groups = [
        (_("What articles stand under"), [_columns(), _experts(), _tags()]),
        (_("Texts"), [_snippets(), _pages(), _replies(), _rules(), _names()]),
        (_("What readers find"), [_search(), _synonyms(), _promoted(), _pins(), _redirects()]),
        (_("People and mail"), _people(person(request))),
    ]
    return page(request, "manage.html", {"groups": groups, "at_manage": True}, section="manage")


def _entry(name: str, label: str, line: str, count: str = "") -> Entry:
    return {"address": reverse(name), "label": label, "line": line, "count": count}


def _columns() -> Entry:
    line = _("Their names, disclaimers, experts and order.")
    return _entry("desk:columns", _("Columns"), line, str(Column.objects.count()))


def _experts() -> Entry:
    rows = experts.with_checks(Expert.objects.all()).aggregate(
        all=Count("pk"), late=Count("pk", filter=Q(is_checked=False))
    )
    count = str(rows["all"])
    if rows["late"]:
        count = _("%(all)d, %(late)d not checked for a year") % rows
    line = _("Who answers: credentials and when they were checked, interests, portrait.")
    return _entry("desk:experts", _("Experts"), line, count)


def _tags() -> Entry:
    line = _("Rename, merge those that mean the same, give them other words.")
    return _entry("desk:tags", _("Tags"), line, tags.summary())


def _snippets() -> Entry:
    line = _("Pieces of text that stand in many answers; changed here, they change there.")
    return _entry("desk:snippets", _("Snippets"), line, str(Snippet.objects.count()))


def _pages() -> Entry:
    line = _("What the site says of itself, linked in the footer.")
    return _entry("desk:pages", _("Pages"), line, str(Page.objects.count()))


def _replies() -> Entry:
    line = _("What is written to many, put into a letter’s forms with one press.")
    return _entry("desk:replies", _("Saved replies"), line, str(SavedReply.objects.count()))


def _rules() -> Entry:
    rules = RedFlag.objects.aggregate(all=Count("pk"), live=Count("pk", filter=Q(live__isnull=False)))
    line = _("Words in a letter that must not wait, and the card that its writer reads.")
    count = _("%(all)d, %(live)d at work") % rules
    return _entry("desk:red_flags", _("Red-flag rules"), line, count)


def _names() -> Entry:
    line = _("Of public figures, races and brands: the check before publishing does not ask about them.")
    return _entry("desk:names", _("Names that may stand"), line)


def _search() -> Entry:
    return _entry("desk:searches", _("Searches"), _("What readers searched for, and did not find."))


def _synonyms() -> Entry:
    line = _("Words that search takes for one another.")
    return _entry("desk:synonyms", _("Synonyms"), line, str(Synonym.objects.count()))


def _promoted() -> Entry:
    line = _("For a search that you name, the answer that stands first.")
    return _entry("desk:promotions", _("Promoted answers"), line, str(Promotion.objects.count()))


def _pins() -> Entry:
    rows = RelatedChoice.objects.aggregate(
        pinned=Count("pk", filter=Q(excluded=False)), excluded=Count("pk", filter=Q(excluded=True))
    )
    line = _("Which articles stand beside which by an editor’s word; changed on the article’s page.")
    count = _("%(pinned)d pinned, %(excluded)d excluded") % rows
    return _entry("desk:pins", _("Pins"), line, count)


def _redirects() -> Entry:
    rows = FormerAddress.objects.aggregate(
        moved=Count("pk", filter=~Q(leads_to="")), gone=Count("pk", filter=Q(leads_to=""))
    )
    line = _("Former addresses, and those you add yourself.")
    count = _("%(moved)d lead on, %(gone)d gone") % {**rows, "moved": rows["moved"] + OldSlug.objects.count()}
    return _entry("desk:redirects", _("Redirects"), line, count)


def _people(user: User) -> list[Entry]:
    active = User.objects.filter(is_active=True).count()
    entries = [
        _entry("desk:people", _("People"), _("Who may do what here; invite somebody."), str(active)),
        _entry("desk:members", _("Members"), _("Who asked to become a member, and who is one.")),
        _entry("desk:outbox", _("Outbox"), _("Mails that did not go, or of which that is unclear.")),
        _entry("desk:trace", _("Trace"), _("Who did what, and when.")),
    ]
    if user.is_staff:
        line = _("Everything else that is set up rarely, for owners.")
        entries.append(_entry("admin:index", _("Reference data"), line))
    return entries
