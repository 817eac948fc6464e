from django.urls import path

from advice.membership import views

app_name = "membership"
urlpatterns = [
    path("membership/", views.plans, name="plans"),
    path("membership/sent/", views.sent, name="sent"),
]
