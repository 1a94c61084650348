"""Every setting, from the environment, with safe defaults. README.md lists the variables."""

import os
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent

ENVIRONMENT = os.environ.get("ECRIME_ENV", "demo")
DATA_DIR = Path(os.environ.get("ECRIME_DATA_DIR", ROOT / "var")).resolve()
PORT = int(os.environ.get("ECRIME_PORT", "8080"))

SQLALCHEMY_DATABASE_URI = os.environ.get("ECRIME_DATABASE_URL") or f"sqlite:///{DATA_DIR / 'register.db'}"
if SQLALCHEMY_DATABASE_URI.startswith(("postgres://", "postgresql://")):
    SQLALCHEMY_DATABASE_URI = "postgresql+psycopg://" + SQLALCHEMY_DATABASE_URI.split("://", 1)[1]

# Owns the tables and changes them (`run.py migrate`); the application's own user may then only do its work.
OWNER_DATABASE_URI = os.environ.get("ECRIME_OWNER_DATABASE_URL", "")
if OWNER_DATABASE_URI.startswith(("postgres://", "postgresql://")):
    OWNER_DATABASE_URI = "postgresql+psycopg://" + OWNER_DATABASE_URI.split("://", 1)[1]

# The log is chained with a key and anchored in a folder; production keeps both outside the data folder.
AUDIT_KEY_FILE = Path(os.environ.get("ECRIME_AUDIT_KEY_FILE") or DATA_DIR / "audit_key").resolve()
ANCHOR_DIR = Path(os.environ.get("ECRIME_ANCHOR_DIR") or DATA_DIR / "anchors").resolve()

# In the demo `run.py` keeps a random key in the data folder; production must be given one.
SECRET_KEY = os.environ.get("ECRIME_SECRET_KEY", "")
# Secrets of before, parted by commas: what they signed and shut still opens until everybody has signed in anew.
SECRET_KEY_FALLBACKS = [one for one in os.environ.get("ECRIME_OLD_SECRET_KEYS", "").split(",") if one]
FILES_DIR = DATA_DIR / "files"
# The queue of jobs: a file in the data folder, or Redis where several computers share the work.
REDIS_URL = os.environ.get("ECRIME_REDIS_URL", "")

APP_NAME = "E-Crime"
LANGUAGES = {"km": {"flag": "kh", "name": "ខ្មែរ"}, "en": {"flag": "gb", "name": "English"}}
BABEL_DEFAULT_LOCALE = "km"
BABEL_DEFAULT_TIMEZONE = "Asia/Phnom_Penh"

# Tables come from the migrations and permissions from app/roles.py: FAB must create neither at start.
FAB_CREATE_DB = False
FAB_UPDATE_PERMS = False
FAB_ADD_SECURITY_API = False
FAB_ADD_OPENAPI_VIEWS = False
FAB_ADD_SECURITY_PERMISSION_VIEW = False
FAB_ADD_SECURITY_VIEW_MENU_VIEW = False
FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW = False
FAB_SAFE_REDIRECT_HOSTS = [
    "127.0.0.1",
    "localhost",
    *filter(None, os.environ.get("ECRIME_HOSTS", "").split(",")),
]
# How many proxies stand before the register. Without one, what a browser says of X-Forwarded-… is not believed.
TRUSTED_PROXIES = int(os.environ.get("ECRIME_TRUSTED_PROXIES", "0"))
# A Python file with FAB's own settings for signing in by LDAP or OpenID Connect: AUTH_… and OAUTH_… (docs/administrator.md).
SIGN_IN_SETTINGS = os.environ.get("ECRIME_SIGN_IN_SETTINGS", "")
AUTH_TYPE = 1
AUTH_USER_REGISTRATION = False
FAB_PASSWORD_COMPLEXITY_ENABLED = True  # the validator is ours: app/accounts/passwords.py

# A browser takes a `__Host-` cookie only over TLS, for this host and the whole of it.
SESSION_COOKIE_NAME = "__Host-ecrime" if ENVIRONMENT == "production" else "ecrime"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT == "production"
SESSION_IDLE = timedelta(minutes=int(os.environ.get("ECRIME_IDLE_MINUTES", "15")))
PERMANENT_SESSION_LIFETIME = timedelta(hours=int(os.environ.get("ECRIME_SESSION_HOURS", "12")))
LOCKED_AFTER = 5  # wrong tries of one name within fifteen minutes
ADDRESS_LOCKED_AFTER = int(os.environ.get("ECRIME_ADDRESS_TRIES", "50"))  # an office shares one address
# "required": the roles of app/roles.py that need a second factor do nothing before they have one. "offered": they may.
SECOND_FACTOR = os.environ.get(
    "ECRIME_SECOND_FACTOR", "required" if ENVIRONMENT == "production" else "offered"
)
WTF_CSRF_TIME_LIMIT = None  # as long as the session: a page left open over lunch must still save

MAX_CONTENT_LENGTH = 40 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
MAX_FORM_PARTS = 4000

COMPRESS_ALGORITHM = ["gzip"]
COMPRESS_LEVEL = 5  # a twentieth smaller than 4, for a third of a millisecond on the largest page
COMPRESS_MIN_SIZE = 500
