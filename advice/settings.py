"""The one reader of the environment. Every name here is documented in docs/operators.md."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
# `make run` sets ADVICE_LOCAL: keys are made in var/, mail goes to files, the site answers on loopback.
LOCAL = env.bool("ADVICE_LOCAL", default=False)
TESTING = env.bool("ADVICE_TESTING", default=False)
DEBUG = env.bool("DEBUG", default=False)


def _local_key(name: str) -> str:
    """A key that a local run makes once and keeps, readable by its owner only."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{name}.{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process of the same start made it first, and whole
            os.link(part, path)
        part.unlink()
    return path.read_text()


def _key(name: str, variable: str) -> str:
    value = env.str(variable, default="")
    if value:
        return value
    if LOCAL:
        return _local_key(name)
    if TESTING or DEBUG:
        return f"insecure-{name}-for-tests-and-debugging-only-0123456789"
    raise ImproperlyConfigured(
        f"{variable} is not set. Set it to a long random text that only this server knows "
        "(python -c 'import secrets; print(secrets.token_urlsafe(48))'), or use `make run` to try the site."
    )


SECRET_KEY = _key("secret_key", "SECRET_KEY")
# Encrypts what letter writers entrust to us. Comma-separated: the first one writes, all of them read.
PRIVATE_KEYS = [key.strip() for key in _key("private_keys", "PRIVATE_KEYS").split(",") if key.strip()]

PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Second Wind")
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname or ""])
if LOCAL or TESTING or DEBUG:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []

INSTALLED_APPS = [
    "advice.accounts",
    "advice.articles",
    "advice.letters",
    "advice.newsletter",
    "advice.membership",
    "advice.mail",
    "advice.search",
    "advice.throttle",
    "advice.trace",
    "advice.letterbox",
    "advice.desk",
    "advice.reading",
    "advice.operations",
    "markdownx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",  # for its copy of htmx alone, which the search page takes
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    *(["zeal"] if TESTING else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "advice.headers.HeadersMiddleware",
    "advice.limits.LimitsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "advice.headers.CompressionMiddleware",
    "advice.headers.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "advice.accounts.idle.IdleMiddleware",
    "advice.accounts.requiring.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "advice.urls"
WSGI_APPLICATION = "advice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "advice.site.context",
                "advice.reading.furniture.context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- database ---------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'advice.sqlite3'}")}
_database = DATABASES["default"]
_database["TEST"] = {"NAME": env.str("ADVICE_TEST_DB_NAME", default="") or None}
if _database["ENGINE"].endswith("sqlite3"):
    # Measured: with 100 clients posting at once, the defaults lose four of five writes, these lose none.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
        ),
    }
    _database["CONN_MAX_AGE"] = None
    if TESTING and not _database["TEST"]["NAME"]:
        _database["TEST"]["NAME"] = str(VAR_DIR / "test.sqlite3")
elif _database["ENGINE"].endswith(("postgresql", "postgresql_psycopg2")):
    _database["ENGINE"] = "django.db.backends.postgresql"
    # Each thread keeps a connection, and looks once a request whether it still lives: a pool, which hands them out and
    # takes them back, cost a third of the pages (docs/performance.md). There are as many as threads, and no more.
    _database["CONN_MAX_AGE"] = None
    _database["CONN_HEALTH_CHECKS"] = True
    # What DATABASE_URL says after its question mark (sslmode, connect_timeout) stays. A database that is away is said to
    # be so soon: a request that waits for it holds a thread that could serve somebody else.
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
    # The busiest queries keep their plans in the server (advice/prepared.py). Behind a proxy that hands each transaction
    # another connection, and does not know of such plans, DATABASE_URL says ?prepare_threshold=0.
    _database["OPTIONS"]["prepare_threshold"] = int(_database["OPTIONS"].get("prepare_threshold", 5)) or None
else:
    raise ImproperlyConfigured(
        "DATABASE_URL begins with sqlite:// or postgres://; no other database is supported."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- search by meaning ------------------------------------------------------------------------------------------
MEANING = env.bool("MEANING", default=True)
MODEL_DIR = Path(env.str("MODEL_DIR", default=str(VAR_DIR / "models")))

# -- cache and sessions -----------------------------------------------------------------------------------------
CACHE_URL = env.str("CACHE_URL", default="")
# Without Redis a table of the database, which all processes share: sign-in's limits are counted in it.
CACHES = {
    "default": {"BACKEND": "advice.guarded.GuardedRedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "operations_cache"}
}
# In the database, so that a cache that is gone signs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "advice.reading.errors.csrf_failure"
# A person who only reads never gets a cookie, so the flash messages live in the staff's session.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- sign-in ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "advice.desk.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = False
# Failures are counted in advice/accounts/locking.py, which tells the owner of an account from others.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "reset_password": "5/h/ip,3/h/key"}
# Nobody comes to the desk before they have an app or a passkey beside their password.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=not (LOCAL or TESTING or DEBUG))
MFA_ADAPTER = "advice.accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever is here was invited by mail
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # a code of the half minute before or after: clocks differ (RFC 6238, 5.2)
MFA_FORMS = {
    "authenticate": "advice.accounts.forms.CodeForm",
    "reauthenticate": "advice.accounts.forms.CodeAgainForm",
    "activate_totp": "advice.accounts.forms.NewAppForm",
    "add_webauthn": "advice.accounts.forms.NewPasskeyForm",
    "edit_webauthn": "advice.accounts.forms.PasskeyNameForm",
    "authenticate_webauthn": "advice.accounts.forms.PasskeyForm",
    "reauthenticate_webauthn": "advice.accounts.forms.PasskeyAgainForm",
    "login_webauthn": "advice.accounts.forms.PasskeyAloneForm",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# How many proxies of ours stand before the site: the client's address is taken from there, never further left.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# -- mail -------------------------------------------------------------------------------------------------------
_mail_host = _site.hostname if re.search(r"\.[a-z]+$", _site.hostname or "") else "localhost"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <letters@{_mail_host}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where mail to a dead address comes back to; each copy of a newsletter has its own form of it (bounces+…@…).
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
# Newsletters a minute that the mail server takes, all workers together; 0 sets no limit.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
# Newsletters a second that one worker hands over, so that readers of a site on the same machine come first; 0: as fast as it can.
WORKER_PACE = env.int("WORKER_PACE", default=100)
DUTY_EMAILS = env.list("DUTY_EMAILS", default=["desk@secondwind.example"] if LOCAL else [])
MAIL_DIR = VAR_DIR / "mail"
# Seconds for each of the mail server's answers.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
if env.str("EMAIL_URL", default=""):
    _mail_server = env.email_url("EMAIL_URL")
    if _mail_server["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        _mail_server["EMAIL_BACKEND"] = "advice.mail.backends.SmtpBackend"
    vars().update(_mail_server)
elif LOCAL or DEBUG:
    EMAIL_BACKEND = "advice.mail.backends.EmlFileBackend"
else:
    EMAIL_BACKEND = "advice.mail.backends.SmtpBackend"

# -- language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
FORMAT_MODULE_PATH = ["advice.formats"]
USE_I18N = True
USE_TZ = True

# -- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 3600
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# -- Markdown editor: its script, our own views (its own are open to anybody) -----------------------------------
MARKDOWNX_URLS_PATH = "/desk/markdown/preview/"
MARKDOWNX_UPLOAD_URLS_PATH = "/desk/markdown/upload/"
MARKDOWNX_SERVER_CALL_LATENCY = 500

# -- headers ----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        **({"upgrade-insecure-requests": True} if HTTPS else {}),
    }
}
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 730 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- logs: no address, no query string, no private path ---------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "advice.headers.PrivatePaths"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "nowhere": {"class": "logging.NullHandler"},
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["private"]},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        # Whoever sends a wrong Host gets 400; it is nothing to read in the morning.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}
