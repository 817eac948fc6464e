"""The site's table of contents: one include per door."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("advice.reading.urls")),
    path("", include("advice.letterbox.urls")),
    path("", include("advice.newsletter.urls")),
    path("", include("advice.membership.urls")),
    path("", include("advice.operations.urls")),
    path("desk/", include("advice.desk.urls")),
    path("accounts/", include("advice.accounts.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "advice.reading.errors.bad_request"
handler403 = "advice.reading.errors.forbidden"
handler404 = "advice.reading.errors.not_found"
handler500 = "advice.reading.errors.server_error"
