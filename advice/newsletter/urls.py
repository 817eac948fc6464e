from django.urls import path

from advice.newsletter import archive, views

app_name = "newsletter"
urlpatterns = [
    path("newsletters/", views.newsletters, name="newsletters"),
    path("newsletters/<slug:slug>/", archive.newsletter, name="newsletter"),
    path("newsletters/<slug:slug>/<int:number>/", archive.issue, name="issue"),
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/", views.sent, name="sent"),
    path("subscribe/confirm/<str:token>/", views.confirm, name="confirm"),
    path("subscribe/preferences/preview/", views.of_preview, name="preview_preferences"),
    path("subscribe/preferences/<str:token>/", views.preferences, name="preferences"),
    path("unsubscribe/preview/", views.of_preview, name="preview_stop"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
