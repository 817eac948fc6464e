"""The outbox to look at: when and of what kind, never to whom or what. It is decided about at the desk."""

from django.contrib import admin
from django.http import HttpRequest

from advice.mail.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["kind", "state", "created_at", "not_before", "attempts", "last_error"]
    list_filter = ["state", "kind"]
    fields = ["kind", "state", "created_at", "not_before", "claimed_at", "attempts", "last_error"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False
