"""Who is invited, what they may do, and when they may no longer. What nobody may do is refused here, not in a form."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from advice.accounts.models import Role, User
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down, write_down_command


class NotAllowed(Exception):
    """The act is not this person's to do. The message is for them."""


class NotPossible(NotAllowed):
    """Not from where this person stands now."""


class AddressTaken(NotPossible):
    """Somebody else was given this address a moment ago."""


class InvitationTokens(PasswordResetTokenGenerator):
    """A link that dies when it has been used, when a new one is made, or when its time is over."""

    key_salt = "advice.accounts.invitation"


invitation_tokens = InvitationTokens()


def invitation_link(user: User) -> str:
    """Where an invited person chooses a password, until it is used or PASSWORD_RESET_TIMEOUT is over."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return absolute(reverse("invitation", args=[uid, invitation_tokens.make_token(user)]))


def _locked(user: User) -> User:
    """Owners are locked together, so that the last two cannot remove each other at once."""
    list(User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def check_manages(by: User, user: User) -> None:
    """Editors look after experts and editors, owners after everybody; nobody after themselves."""
    by.refresh_from_db(fields=["role", "is_active", "may_publish", "may_review"])
    if not by.is_editor or (user.role == Role.OWNER and not by.is_owner):
        raise NotAllowed("Only an owner does this.")
    if by.pk == user.pk:
        raise NotAllowed("Nobody changes their own place; ask somebody else.")


def _check_gives(by: User, role: str, *, may_publish: bool, may_review: bool) -> None:
    if role == Role.OWNER and not by.is_owner:
        raise NotAllowed("Only an owner makes owners.")
    if may_publish and not by.can_publish:
        raise NotAllowed("Only somebody who may publish lets others publish.")
    if may_review and not by.can_review:
        raise NotAllowed("Only somebody who may review lets others review.")


def is_invited(user: User) -> bool:
    """Whether they have been asked and have not chosen a password yet."""
    return not user.is_active and not user.has_usable_password()


@transaction.atomic
def invite(
    *, by: User, name: str, email: str, role: str, may_publish: bool = False, may_review: bool = False
) -> User:
    """Somebody new, who cannot sign in before they have chosen a password by the link that is mailed to them."""
    new = User(email=email.lower(), name=name, role=role)
    check_manages(by, new)
    _check_gives(by, role, may_publish=may_publish, may_review=may_review)
    try:
        with transaction.atomic():
            invited = User.objects.create_user(
                email,
                None,
                name=name,
                role=role,
                may_publish=may_publish,
                may_review=may_review,
                is_active=False,
                invited_by=by,
            )
    except IntegrityError:
        raise AddressTaken("Somebody with this address is on the list already.") from None
    write_down("invite", Kind.PERSON, invited.pk, by=by, detail=role)
    return invited


@transaction.atomic
def renew_invitation(user: User, *, by: User | None) -> User:
    """Let a new link be made; the old one dies with the unusable password it was made from. `by` nobody: a command."""
    row = _locked(user)
    if by is not None:
        check_manages(by, row)
    if not is_invited(row):
        raise NotPossible(f"{row.name} has chosen a password already.")
    row.set_unusable_password()
    row.save(update_fields=["password"])
    write_down("invite again", Kind.PERSON, row.pk, by=by)
    return row


@transaction.atomic
def accept_invitation(user: User, *, token: str, password: str) -> User:
    """The link's one use. Raises NotAllowed where somebody used it a moment ago."""
    row = _locked(user)
    if not is_invited(row) or not invitation_tokens.check_token(row, token):
        raise NotPossible("This invitation has been used, or is no longer valid.")
    row.set_password(password)
    row.is_active = True
    row.save(update_fields=["password", "is_active"])
    write_down("take up invitation", Kind.PERSON, row.pk, by=row)
    return row


@transaction.atomic
def change_place(user: User, *, by: User, role: str, may_publish: bool, may_review: bool) -> User:
    """Give and take a role and permissions; what `by` may not give stays as it was."""
    row = _locked(user)
    check_manages(by, row)
    _check_gives(
        by,
        role if role != row.role else "",
        may_publish=may_publish and not row.may_publish,
        may_review=may_review and not row.may_review,
    )
    row.role, row.is_superuser = role, role == Role.OWNER
    row.may_publish, row.may_review = may_publish, may_review
    row.save(update_fields=["role", "is_superuser", "may_publish", "may_review"])
    write_down("change role", Kind.PERSON, row.pk, by=by, detail=role)
    return row


@transaction.atomic
def deactivate(user: User, *, by: User) -> User:
    """They are signed out everywhere at once; an invitation that was not taken up is void."""
    row = _locked(user)
    check_manages(by, row)
    if not row.has_usable_password():
        row.set_unusable_password()
    row.is_active = False
    row.session_epoch += 1
    row.save(update_fields=["is_active", "password", "session_epoch"])
    write_down("deactivate", Kind.PERSON, row.pk, by=by)
    return row


@transaction.atomic
def reactivate(user: User, *, by: User) -> User:
    row = _locked(user)
    check_manages(by, row)
    if not row.has_usable_password():
        raise NotPossible(f"{row.name} has never chosen a password; invite them again.")
    row.is_active = True
    row.save(update_fields=["is_active"])
    write_down("reactivate", Kind.PERSON, row.pk, by=by)
    return row


@transaction.atomic
def make_owner(user: User) -> User:
    """By the command line alone: for a site whose owners are all gone."""
    row = _locked(user)
    if not row.is_active:
        raise NotPossible(f"{row.name} cannot sign in.")
    if row.is_owner:
        raise NotPossible(f"{row.name} is an owner already.")
    row.role, row.is_superuser = Role.OWNER, True
    row.save(update_fields=["role", "is_superuser"])
    write_down_command("change role", Kind.PERSON, row.pk, detail=Role.OWNER)
    return row


@transaction.atomic
def sign_out_elsewhere(user: User) -> User:
    """Every session of theirs ends; whoever calls this keeps the one it came from."""
    row = User.objects.select_for_update().get(pk=user.pk)
    row.session_epoch += 1
    row.save(update_fields=["session_epoch"])
    write_down("sign out elsewhere", Kind.PERSON, row.pk, by=row)
    return row


@transaction.atomic
def reset_second_factor(user: User, *, by: User | None) -> User:
    """Their password alone opens the account again, until they add another. `by` nobody: a command.

    They are signed out everywhere: whoever has the old factor may be somebody else.
    """
    row = _locked(user)
    if by is not None:
        check_manages(by, row)
    if not Authenticator.objects.filter(user=row).exists():
        raise NotPossible(f"{row.name} has no second factor.")
    Authenticator.objects.filter(user=row).delete()
    row.session_epoch += 1
    row.save(update_fields=["session_epoch"])
    if by is None:
        write_down_command("reset second factor", Kind.PERSON, row.pk)
    else:
        write_down("reset second factor", Kind.PERSON, row.pk, by=by)
    return row
