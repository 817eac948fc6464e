"""Who may sign in. A letter's writer never does: they hold a link."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    EXPERT = "expert", _("Expert")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.is_superuser = user.role == Role.OWNER
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{**fields, "role": Role.OWNER})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EXPERT)
    may_publish = models.BooleanField(default=False)
    may_review = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    invited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    date_joined = models.DateTimeField(default=timezone.now)
    uses_shortcuts = models.BooleanField(default=True)  # single letters at the desk's queue
    opens_next = models.BooleanField(default=True)  # after an act on a letter
    # Raised when they are deactivated: what was signed in before stays signed out for ever.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=Q(role=Role.OWNER, is_superuser=True)
                | (~Q(role=Role.OWNER) & Q(is_superuser=False)),
                name="user_owner_is_superuser",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        value = self.password if not self.session_epoch else f"{self.password} {self.session_epoch}"
        return salted_hmac("advice.accounts.session", value, secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin is open to them: reference data is the owner's."""
        return self.is_active and self.role == Role.OWNER

    @property
    def is_editor(self) -> bool:
        """Whether they work at the whole desk, and not only on what is assigned to them."""
        return self.is_active and self.role in {Role.EDITOR, Role.OWNER}

    @property
    def is_owner(self) -> bool:
        return self.is_active and self.role == Role.OWNER

    @property
    def can_publish(self) -> bool:
        return self.is_editor and (self.may_publish or self.role == Role.OWNER)

    @property
    def can_review(self) -> bool:
        return self.is_active and (self.may_review or self.role == Role.OWNER)
