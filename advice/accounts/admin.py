"""Users in the admin: names and addresses. Roles are given at the desk, where their rules are kept."""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.forms import ModelForm
from django.http import HttpRequest

from advice.accounts.models import User
from advice.trace.admin import Traced
from advice.trace.models import Kind

# Whoever may come here signs in by the one door there is, with its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


@admin.register(User)
class UserAdmin(Traced):
    kind = Kind.PERSON
    list_display = ["name", "email", "role", "may_publish", "may_review", "is_active"]
    list_filter = ["role", "is_active"]
    search_fields = ["name", "email"]
    readonly_fields = [
        "role",
        "may_publish",
        "may_review",
        "is_active",
        "invited_by",
        "date_joined",
        "last_login",
    ]
    fields = ["name", "email", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people are invited at the desk

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # and deactivated there: their name stays in the history

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        # allauth remembers the addresses that somebody signed in with; a former one must not sign in any more.
        EmailAddress.objects.filter(user_id=obj.pk).exclude(email=obj.email).delete()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("invited_by")
