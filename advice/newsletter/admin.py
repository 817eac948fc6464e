from django.contrib import admin

from advice.newsletter.models import Newsletter


@admin.register(Newsletter)
class NewsletterAdmin(admin.ModelAdmin):
    list_display = ["name", "promise", "rhythm", "position", "is_open"]
    prepopulated_fields = {"slug": ["name"]}
