from django.urls import path

from advice.letterbox import similar, spam, views

app_name = "letterbox"
urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("ask/similar/", similar.similar, name="similar"),
    path("ask/stamp/", spam.stamp, name="stamp"),
    path("ask/<slug:column>/", views.ask, name="ask_column"),
    path("letters/<str:secret>/", views.letter, name="letter"),
    path("letters/<str:secret>/thanks/", views.thanks, name="thanks"),
    path("letters/<str:secret>/withdraw/", views.withdraw, name="withdraw"),
]
