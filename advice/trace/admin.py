"""What is done in the Django admin is in the trace, too: mix `Traced` into whatever can be changed there."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from advice.trace.models import Kind
from advice.trace.writing import write_down


class Traced(admin.ModelAdmin):
    kind: Kind

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        write_down("make", self.kind, obj.pk, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        write_down("edit", self.kind, obj.pk, by=request.user)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            write_down("delete", self.kind, obj.pk, by=request.user)
        return super().log_deletions(request, queryset)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Django's own actions, such as deleting many at once, would be a transaction for each row."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            return super().changelist_view(request, extra_context)
