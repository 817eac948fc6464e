"""Reference data of membership. Requests are decided at the desk."""

from django.contrib import admin

from advice.articles.admin import PrintedAdmin
from advice.membership.models import Plan
from advice.trace.models import Kind


@admin.register(Plan)
class PlanAdmin(PrintedAdmin):
    kind = Kind.PLAN
    list_display = ["name", "price", "promise", "position", "is_open"]
    prepopulated_fields = {"slug": ["name"]}
