"""The settings of the trust center. README.md lists those that are read from the environment."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from trustcenter.work.durable import write_new

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    """`1`, `true`, `yes`, `on` or their opposites; anything else is refused, because a typo must not switch off a guard."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None


def env_list(name: str, default: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def secret_file(name: str, prefix: str = "") -> str:
    """The secret kept in the data folder, made at first start, readable by its owner alone."""
    path = DATA_DIR / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    # If two processes start at once, both use the secret of the first.
    with suppress(FileExistsError):
        write_new(path, f"{prefix}{secrets.token_urlsafe(60)}".encode())
    return path.read_text().strip()


def vault_storage(place: str) -> dict[str, Any]:
    """Where the vault's ciphertext lies: `disk`, or `s3://bucket` with or without `/prefix`."""
    address = urlsplit(place)
    match address.scheme:
        case "" if place == "disk":
            return {"BACKEND": "trustcenter.vault.disk.DiskObjects"}
        case "s3" if address.netloc:
            options = {"bucket_name": address.netloc, "location": address.path.strip("/")}
            return {"BACKEND": "trustcenter.vault.s3.S3Objects", "OPTIONS": options}
        case _:
            raise ImproperlyConfigured(f"VAULT_STORAGE is {place!r}; write disk or s3://bucket/prefix.")


# -- Where things are -------------------------------------------------------------------------------

DATA_DIR = Path(os.environ.get("TRUSTCENTER_DATA") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
FILES_DIR = DATA_DIR / "files"
# The folder of the keys that open files and sign. Only the owner may read a file in it.
KEYS_DIR = Path(os.environ.get("KEYS_DIR") or DATA_DIR / "keys").resolve()

HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = env_int("PORT", 8000)
# A browser cannot open 0.0.0.0 ("every address"), but this machine's own address works.
reachable = "127.0.0.1" if HOST in {"0.0.0.0", "::"} else HOST  # noqa: S104
SITE_URL = (os.environ.get("SITE_URL") or f"http://{reachable}:{PORT}").rstrip("/")
OVER_TLS = SITE_URL.startswith("https://")

# -- Threads -----------------------------------------------------------------------------------------

# The threads of each web process. A page needs a thread for milliseconds; a file needs one until it is sent.
WEB_THREADS = 8
# How many files each process sends at once, to all readers and to one: slow readers must leave threads for pages.
FILES_AT_ONCE, FILES_AT_ONCE_EACH = WEB_THREADS - 3, 2

# -- Modes -------------------------------------------------------------------------------------------

DEBUG = env_bool("DEBUG", False)
# Demo content, demo staff and /mailbox/. `make run` sets it. Outside this machine, the site refuses to start with it.
DEMO = env_bool("TRUSTCENTER_DEMO", False)
SECRET_KEY = os.environ.get("SECRET_KEY") or secret_file("secret_key", prefix="demo-" if DEMO else "")
# Former keys, newest first, so that second factors that they encrypted stay readable.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if OVER_TLS else []
# The number of our proxies in front of the site: the client's address is that many places from the right.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)

# -- Apps --------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # For its management commands; its packages below are apps of their own.
    "trustcenter",
    "trustcenter.work",
    "trustcenter.web",
    "trustcenter.audit",
    "trustcenter.accounts",
    "trustcenter.vault",
    "trustcenter.site",
    # Its templates.
    "django.contrib.sitemaps",
    "certifications",
    "documents",
    "ndaflow",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "trustcenter.web.headers.HeadersMiddleware",
    # It sees every cookie that an answer sets.
    "trustcenter.web.networks.NetworksMiddleware",
    "trustcenter.accounts.middleware.CappedSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "trustcenter.accounts.middleware.SignedInMiddleware",
    # It asks for the language of the account.
    "trustcenter.web.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "trustcenter.accounts.middleware.SecondFactorMiddleware",
    # Inside everything that its page asks for: the person, the language, the messages.
    "trustcenter.web.wrong_method.WrongMethodMiddleware",
]

ROOT_URLCONF = "trustcenter.urls"
WSGI_APPLICATION = "trustcenter.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trustcenter.site.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "trustcenter.web.templatetags.ui",
                "trustcenter.web.templatetags.writing",
            ],
        },
    }
]

# -- Database, cache, tasks --------------------------------------------------------------------------

DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'trustcenter.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
match DATABASES["default"]["ENGINE"]:
    case "django.db.backends.sqlite3":
        DATABASES["default"]["OPTIONS"] = {
            # Two deferred transactions that read and then write would fail with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
        }
        # Opening the file again costs every request a millisecond of PRAGMAs.
        DATABASES["default"]["CONN_MAX_AGE"] = 60
        # In-memory databases share one cache between threads, which answers "locked" instead of waiting.
        DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
    case "django.db.backends.postgresql":
        DATABASES["default"] |= {
            "ENGINE": "trustcenter.work.postgresql",
            # Each thread keeps its connection, and tries it before each request: the server may have been restarted.
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
        # What DATABASE_URL says itself, such as sslmode, is kept. A server that vanishes is noticed within seconds.
        DATABASES["default"]["OPTIONS"] = {
            "connect_timeout": 2,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        } | DATABASES["default"].get("OPTIONS", {})
        # The log sends its rows in one statement, which the server accepts only with the values already in it.
        DATABASES["default"]["OPTIONS"]["server_side_binding"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# allauth counts in this cache, so all processes must share it, and no traffic may push a count out.
CACHES = {"default": {"BACKEND": "trustcenter.web.table_cache.TableCache"}}

TASKS = {"default": {"BACKEND": "trustcenter.work.queue.Queue"}}

# -- Mail --------------------------------------------------------------------------------------------

# smtp://user:password@host:587 (STARTTLS; add ?starttls=0 for a relay on this machine) or smtps://…:465;
# log: writes mail to the server's log, for trying a restored site. Without MAIL_URL, mail goes to the log too, in demo
# mode to /mailbox/ only, and a production site refuses to start.
MAIL_URL = os.environ.get("MAIL_URL", "")
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM") or "Trust center <trust@localhost>"
mail_server = urlsplit(MAIL_URL)
match mail_server.scheme:
    case "smtp" | "smtps":
        over_ssl = mail_server.scheme == "smtps"
        MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {
                    "host": mail_server.hostname,
                    "port": mail_server.port,
                    "username": unquote(mail_server.username or ""),
                    "password": unquote(mail_server.password or ""),
                    "use_ssl": over_ssl,
                    "use_tls": not over_ssl and mail_server.query != "starttls=0",
                    "timeout": 10,
                },
            }
        }
    case "log" if MAIL_URL == "log:":
        MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    case "" if not MAIL_URL:
        backend = "dummy" if DEMO else "console"
        MAILERS = {"default": {"BACKEND": f"django.core.mail.backends.{backend}.EmailBackend"}}
    case _:
        raise ImproperlyConfigured("MAIL_URL begins with neither smtp:// nor smtps:// and is not log: either.")
# Django's own check refuses the log as a mail backend always. Ours refuses it unless it was chosen (E009, W014).
SILENCED_SYSTEM_CHECKS = ["mail.E001"]

# -- The seal on signed agreements ---------------------------------------------------------------------

# The address of the private key: file:/path, pkcs11:token=…;object=…?module-path=… or awskms:key-id. Without it, a key and
# a certificate are made in KEYS_DIR when the first copy is sealed.
SEAL_KEY = os.environ.get("SEAL_KEY", "")
# The token's PIN. It must not be part of SEAL_KEY.
SEAL_PIN = os.environ.get("SEAL_PIN", "")
# A PEM file: the seal's certificate first, then its issuers.
SEAL_CERTIFICATE = os.environ.get("SEAL_CERTIFICATE", "")
# The address of an RFC 3161 server. If it is set, nothing is sealed without a timestamp.
TIMESTAMP_URL = os.environ.get("TIMESTAMP_URL", "")
# A PEM file: the root certificates that timestamps must lead to.
TIMESTAMP_ROOTS = os.environ.get("TIMESTAMP_ROOTS", "")

# -- People ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# It costs memory, so graphics cards guess slowly; and signing in takes a third of the time of Django's default.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["trustcenter.accounts.sessions.SignIn"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/"
LOGOUT_REDIRECT_URL = "account_signed_out"

ACCOUNT_ADAPTER = "trustcenter.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "trustcenter.accounts.forms.SignInForm",
    "reauthenticate": "trustcenter.accounts.forms.ReauthenticateForm",
    "change_password": "trustcenter.accounts.forms.ChangePasswordForm",
    "reset_password": "trustcenter.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "trustcenter.accounts.forms.NewPasswordForm",
    "confirm_login_code": "trustcenter.accounts.forms.TypedCodeForm",
    "confirm_password_reset_code": "trustcenter.accounts.forms.TypedCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Unknown addresses get a note of our own, so that every case sends one mail and takes the same time.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# A typed code confirms the e-mail address at every sign-in. There is no other verification and no link.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Ten minutes, the maximum of ASVS 6.5.5, because company mail gateways can delay a first mail by minutes.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 2
# Eight of twenty consonants (34 bits; no vowels, so no words and nothing that looks like 0 or 1). Six digits
# would have 20 bits: at 10 codes an hour and 3 tries each, a fair chance at one mailbox within two years.
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"length": 8}
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Per network and per typed address. A browser that has signed in before is counted by itself
# (trustcenter/accounts/known_browsers.py). Mails have caps of their own (trustcenter/accounts/mail_limits.py).
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "reset_password_from_key": "20/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

MFA_ADAPTER = "trustcenter.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "trustcenter.accounts.forms.AuthenticateForm",
    "reauthenticate": "trustcenter.accounts.forms.ReauthenticateFactorForm",
    "activate_totp": "trustcenter.accounts.forms.ActivateAppForm",
    "add_webauthn": "trustcenter.accounts.forms.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Trust center"
# A used code is remembered for one period. With a tolerance it could be used again in the next.
MFA_TOTP_TOLERANCE = 0
# A passkey counts as both factors, so the device must ask for a PIN or a fingerprint.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Allows passkeys over plain http, which browsers offer on localhost only. It also accepts any origin: demo only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO and not OVER_TLS

# -- Cookies and headers -----------------------------------------------------------------------------

SESSION_ENGINE = "trustcenter.accounts.sessions"
# Over TLS, the __Host- prefix keeps sibling domains from setting our cookies.
SESSION_COOKIE_NAME = "__Host-session" if OVER_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if OVER_TLS else "csrf"
KNOWN_BROWSER_COOKIE_NAME = "__Host-known" if OVER_TLS else "known"
LANGUAGE_COOKIE_NAME = "__Host-language" if OVER_TLS else "language"
LANGUAGE_COOKIE_SECURE = OVER_TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = OVER_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "trustcenter.web.messages.FewMessages"

SECURE_SSL_REDIRECT = OVER_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000 if OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = OVER_TLS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    # data: is for the QR code of a new second factor and the admin's icons. An image cannot run code.
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# -- The vault ---------------------------------------------------------------------------------------

# The key that wraps the keys of stored files: local, awskms:KEY, vault-transit:KEY or pkcs11:token=…;object=…?module-path=….
VAULT_KEY = os.environ.get("VAULT_KEY") or "local"
# The token's PIN. It must not be part of VAULT_KEY.
VAULT_PIN = os.environ.get("VAULT_PIN", "")

# -- The log's checkpoints ---------------------------------------------------------------------------

# Only the worker reads it. The worker can run under its own user.
LOG_KEY_FILE = Path(os.environ.get("LOG_KEY_FILE") or KEYS_DIR / "log.key")
# Copies of checkpoints outside the database: a folder, best on another machine, and an address that gets the newest hourly.
CHECKPOINT_DIR = os.environ.get("CHECKPOINT_DIR", "")
CHECKPOINT_MAIL = os.environ.get("CHECKPOINT_MAIL", "")

# -- How long personal data is kept, in days -----------------------------------------------------------

# What each is, and what is dangerous, stands in trustcenter/work/retention.py. The privacy notice prints them.
KEEP_DRAFTS_DAYS = env_int("KEEP_DRAFTS_DAYS", 1)
KEEP_MAILS_DAYS = env_int("KEEP_MAILS_DAYS", 30)
KEEP_REFUSED_DAYS = env_int("KEEP_REFUSED_DAYS", 365)
KEEP_SIGN_INS_DAYS = env_int("KEEP_SIGN_INS_DAYS", 365)
KEEP_EXPORTS_DAYS = env_int("KEEP_EXPORTS_DAYS", 7)
KEEP_FAILED_WORK_DAYS = env_int("KEEP_FAILED_WORK_DAYS", 90)
KEEP_LISTED_DAYS = env_int("KEEP_LISTED_DAYS", 730)
KEEP_OBJECTIONS_DAYS = env_int("KEEP_OBJECTIONS_DAYS", 1095)

# -- Uploads -----------------------------------------------------------------------------------------

MAX_UPLOAD_BYTES = env_int("MAX_UPLOAD_MB", 200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Django's own handlers write every posted file to the temp folder. Pages that take files set their own handlers.
FILE_UPLOAD_HANDLERS = ["documents.intake.uploads.NoUploads"]

# -- The rest ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each language needs a catalogue in locale/. The sources are in English, which needs no compiled catalogue.
# Each name is in its own language, for the menu in the footer.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "trustcenter.web.static_names.HashedNames"},
    "vault": vault_storage(os.environ.get("VAULT_STORAGE") or "disk"),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "answers": {"()": "trustcenter.web.headers.WithoutTracebacksOfAnswers"},
        "outages": {"()": "trustcenter.work.outages.OneLine"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["answers", "outages"]},
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL") or "INFO"},
    "loggers": {
        "django.tasks": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
