"""A writer's address: shown to an editor who asks for it, once, and written down for the owners."""

from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.frame import page
from advice.desk.permissions import for_editors, for_owners, person
from advice.letters.looking import look_at_address
from advice.letters.models import AddressLook, Letter


@for_editors
@require_POST
def address(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to the press itself, so that there is no address to come back to."""
    letter = get_object_or_404(Letter.objects.defer("email"), pk=pk)
    try:
        found = look_at_address(letter, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return redirect("desk:letter", pk)
    except InvalidToken:
        messages.error(request, _("None of the site’s keys reads this address."))
        return redirect("desk:letter", pk)
    return page(request, "letter_address.html", {"letter": letter, "address": found}, section="letters")


@for_owners
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    current = Paginator(AddressLook.objects.newest_first(), 50).get_page(request.GET.get("page"))
    looks = list(current)
    numbers = {look.case_number for look in looks}
    letters = dict(Letter.objects.filter(case_number__in=numbers).values_list("case_number", "pk"))
    rows = [(look, letters.get(look.case_number)) for look in looks]
    return page(request, "looks.html", {"rows": rows, "page": current}, section="people")
