"""Reference data of what is printed. Articles are not edited here: their statuses move at the desk."""

from django.contrib import admin

from advice.articles.models import Column, Expert, Page, Tag, TagAlias


@admin.register(Column)
class ColumnAdmin(admin.ModelAdmin):
    list_display = ["name", "position", "is_medical"]
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ["experts"]


@admin.register(Expert)
class ExpertAdmin(admin.ModelAdmin):
    list_display = ["name", "credentials", "title", "user", "checked_on"]
    list_select_related = ["user"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


class AliasInline(admin.TabularInline):
    model = TagAlias
    extra = 1


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "description"]
    search_fields = ["name", "aliases__slug"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AliasInline]


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "updated_at"]
    prepopulated_fields = {"slug": ["title"]}
