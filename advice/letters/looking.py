"""A writer's address, for an editor who has a reason to write by hand. Whoever looks is written down first."""

import logging

from django.db import transaction

from advice.accounts.models import User
from advice.articles.workflow import NotPermitted
from advice.letters.models import AddressLook, Letter
from advice.trace.models import Kind
from advice.trace.writing import write_down

logger = logging.getLogger("advice.letters")


@transaction.atomic
def look_at_address(letter: Letter, *, by: User) -> str:
    """The address, once. Raises NotPermitted where there is none, InvalidToken where no key reads it: nothing was seen
    then, and nothing is written down."""
    address = Letter.objects.select_for_update().get(pk=letter.pk).email
    if not address:
        raise NotPermitted("This letter's writer left no address, or it has been erased.")
    AddressLook.objects.create(case_number=letter.case_number, by=by)
    write_down("look at address", Kind.LETTER, letter.pk, by=by)
    logger.info("The address of letter %s was shown to person %s.", letter.pk, by.pk)
    return address
