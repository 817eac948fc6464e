"""Sign-in. Of allauth's pages only those that are meant to be here: nobody signs up, nobody changes their address."""

from allauth.account import views as allauth
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path, re_path

import advice.limits  # noqa: F401 - its addresses have <key:…>
from advice.accounts import second_factor, views

urlpatterns = [
    path("invitation/<str:uidb64>/<str:token>/", views.invitation, name="invitation"),
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.NewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("login/second/", second_factor.SecondStep.as_view(), name="mfa_authenticate"),
    path("login/passkey/", second_factor.PasskeyAlone.as_view(), name="mfa_login_webauthn"),
    path("reauthenticate/code/", second_factor.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", second_factor.PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
    path("sign-in/", second_factor.own, name="mfa_index"),
    path("sign-in/elsewhere/", second_factor.sign_out_elsewhere, name="account_sign_out_elsewhere"),
    path("sign-in/app/", second_factor.AddApp.as_view(), name="mfa_activate_totp"),
    path("sign-in/app/remove/", second_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("sign-in/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("sign-in/codes/new/", second_factor.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("sign-in/codes/download/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("sign-in/passkeys/", second_factor.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("sign-in/passkeys/<key:pk>/", second_factor.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path(
        "sign-in/passkeys/<key:pk>/remove/", second_factor.RemovePasskey.as_view(), name="mfa_remove_webauthn"
    ),
]
