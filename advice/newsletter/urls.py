from django.urls import path

import advice.limits  # noqa: F401 - its addresses have <key:…>
from advice.newsletter import archive, preferences, views

app_name = "newsletter"
urlpatterns = [
    path("newsletters/", views.newsletters, name="newsletters"),
    path("newsletters/<slug:slug>/", archive.newsletter, name="newsletter"),
    path("newsletters/<slug:slug>/<key:number>/", archive.issue, name="issue"),
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/", views.sent, name="sent"),
    path("subscribe/confirm/<str:token>/", views.confirm, name="confirm"),
    path("subscribe/confirm/address/<str:token>/", preferences.confirm_address, name="confirm_address"),
    path("subscribe/preferences/preview/", views.of_preview, name="preview_preferences"),
    path("subscribe/preferences/<str:token>/", preferences.preferences, name="preferences"),
    path("subscribe/preferences/<str:token>/pause/", preferences.pause, name="pause"),
    path("subscribe/preferences/<str:token>/resume/", preferences.resume, name="resume"),
    path("subscribe/preferences/<str:token>/link/", preferences.own_link, name="own_link"),
    path("subscribe/preferences/<str:token>/address/", preferences.new_address, name="new_address"),
    path("subscribe/preferences/<str:token>/export/", preferences.export, name="export"),
    path("subscribe/preferences/<str:token>/erase/", preferences.erase, name="erase"),
    path("subscribe/erased/", preferences.erased, name="erased"),
    path("unsubscribe/preview/", views.of_preview, name="preview_stop"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
