"""All settings, from the environment, with safe defaults. README.md lists the variables."""

import os
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent

ENVIRONMENT = os.environ.get("ECRIME_ENV", "demo")
IS_PRACTICE = ENVIRONMENT == "practice"
# A practice system reads no setting of another system on the same computer: its settings have a prefix of their own.
_PREFIX = "ECRIME_PRACTICE_"
SETTINGS = (
    {
        f"ECRIME_{name.removeprefix(_PREFIX)}": one
        for name, one in os.environ.items()
        if name.startswith(_PREFIX)
    }
    if IS_PRACTICE
    else os.environ
)
DATA_DIR = Path(SETTINGS.get("ECRIME_DATA_DIR", ROOT / ("practice-data" if IS_PRACTICE else "var"))).resolve()
PORT = int(SETTINGS.get("ECRIME_PORT", "8081" if IS_PRACTICE else "8080"))

SQLALCHEMY_DATABASE_URI = SETTINGS.get("ECRIME_DATABASE_URL") or f"sqlite:///{DATA_DIR / 'register.db'}"
if SQLALCHEMY_DATABASE_URI.startswith(("postgres://", "postgresql://")):
    SQLALCHEMY_DATABASE_URI = "postgresql+psycopg://" + SQLALCHEMY_DATABASE_URI.split("://", 1)[1]

# The owner of the tables, which migrates them (`run.py migrate`); the application's user then needs fewer privileges.
OWNER_DATABASE_URI = SETTINGS.get("ECRIME_OWNER_DATABASE_URL", "")
if OWNER_DATABASE_URI.startswith(("postgres://", "postgresql://")):
    OWNER_DATABASE_URI = "postgresql+psycopg://" + OWNER_DATABASE_URI.split("://", 1)[1]

# The audit log is hash-chained with a key and anchored in a folder; production keeps both outside the data folder.
AUDIT_KEY_FILE = Path(SETTINGS.get("ECRIME_AUDIT_KEY_FILE") or DATA_DIR / "audit_key").resolve()
ANCHOR_DIR = Path(SETTINGS.get("ECRIME_ANCHOR_DIR") or DATA_DIR / "anchors").resolve()
# `run.py backup` encrypts for this key; the private key stays offline.
BACKUP_PUBLIC_KEY = SETTINGS.get("ECRIME_BACKUP_PUBLIC_KEY", "")

# Server processes of gunicorn, 0: one for each processor, four at most; and the threads of each.
WORKERS = int(SETTINGS.get("ECRIME_WORKERS", "0"))
THREADS = int(SETTINGS.get("ECRIME_THREADS", "8"))
# PostgreSQL: how long a request waits for a lock and for a statement. Jobs and commands may take longer.
LOCK_SECONDS = int(SETTINGS.get("ECRIME_LOCK_SECONDS", "15"))
STATEMENT_SECONDS = int(SETTINGS.get("ECRIME_STATEMENT_SECONDS", "60"))
SLOW_QUERY_SECONDS = float(SETTINGS.get("ECRIME_SLOW_QUERY_SECONDS", "1"))
# The server log: "text", or "json" with one object a line.
LOG_FORMAT = SETTINGS.get("ECRIME_LOG", "json" if ENVIRONMENT == "production" else "text")
# With a token, `/metrics` answers programs that send it; without one, programs of the same computer.
METRICS_TOKEN = SETTINGS.get("ECRIME_METRICS_TOKEN", "")

# In the demo `run.py` stores a random key in the data folder; production must set one.
SECRET_KEY = SETTINGS.get("ECRIME_SECRET_KEY", "")
# Previous secrets, separated by commas: they stay valid for what they signed or encrypted, until all users have signed in again.
SECRET_KEY_FALLBACKS = [one for one in SETTINGS.get("ECRIME_OLD_SECRET_KEYS", "").split(",") if one]
FILES_DIR = DATA_DIR / "files"
# Error rates in percent: the goal, above which a unit is amber, and above which it is red (FBI NIBRS: 4 %).
ERROR_RATES = tuple(float(one) for one in SETTINGS.get("ECRIME_ERROR_RATES", "1,2,4").split(","))
# Without an act or a change for so many days, an investigation counts as overdue.
QUIET_DAYS = int(SETTINGS.get("ECRIME_QUIET_DAYS", "30"))
STATISTICS_DIR = DATA_DIR / "statistics"  # coded facts without names; they are written again if deleted
# The job queue: a file in the data folder, or Redis if several computers share the work.
REDIS_URL = SETTINGS.get("ECRIME_REDIS_URL", "")

# The mail server for short notes that a task waits; without one no mail is sent.
SMTP_URL = "" if IS_PRACTICE else SETTINGS.get("ECRIME_SMTP_URL", "")  # a practice system sends no mail

APP_NAME = "E-Crime"
LANGUAGES = {"km": {"flag": "kh", "name": "ខ្មែរ"}, "en": {"flag": "gb", "name": "English"}}
BABEL_DEFAULT_LOCALE = "km"
BABEL_DEFAULT_TIMEZONE = "Asia/Phnom_Penh"

# Migrations create the tables and app/roles.py the permissions: FAB must create neither at start.
FAB_CREATE_DB = False
FAB_UPDATE_PERMS = False
FAB_ADD_SECURITY_API = False
FAB_ADD_OPENAPI_VIEWS = False
FAB_ADD_SECURITY_PERMISSION_VIEW = False
FAB_ADD_SECURITY_VIEW_MENU_VIEW = False
FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW = False
HOSTS = [one for one in SETTINGS.get("ECRIME_HOSTS", "").split(",") if one]
FAB_SAFE_REDIRECT_HOSTS = ["127.0.0.1", "localhost", *HOSTS]
# Number of trusted reverse proxies. With 0, X-Forwarded-… headers are ignored.
TRUSTED_PROXIES = int(SETTINGS.get("ECRIME_TRUSTED_PROXIES", "0"))
# A Python file with FAB's settings for sign-in by LDAP or OpenID Connect: AUTH_… and OAUTH_… (docs/administrator.md).
SIGN_IN_SETTINGS = SETTINGS.get("ECRIME_SIGN_IN_SETTINGS", "")
AUTH_TYPE = 1
AUTH_USER_REGISTRATION = False
FAB_PASSWORD_COMPLEXITY_ENABLED = True  # our own validator: app/accounts/passwords.py

# Browsers accept a `__Host-` cookie only over TLS, for this host and all its paths.
SESSION_COOKIE_NAME = {"production": "__Host-ecrime", "practice": "ecrime-practice"}.get(
    ENVIRONMENT, "ecrime"
)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT == "production"
SESSION_IDLE = timedelta(minutes=int(SETTINGS.get("ECRIME_IDLE_MINUTES", "15")))
PERMANENT_SESSION_LIFETIME = timedelta(hours=int(SETTINGS.get("ECRIME_SESSION_HOURS", "12")))
# Sessions of one user at the same time; a further sign-in ends the oldest. 0 sets no limit: demo accounts are shared.
SESSIONS_PER_USER = int(SETTINGS.get("ECRIME_SESSIONS", "3" if ENVIRONMENT == "production" else "0"))
DRAFTS_PER_USER = int(SETTINGS.get("ECRIME_DRAFTS", "200"))  # drafts of cases; 0 sets no limit
LOCKED_AFTER = 5  # failed attempts of one user name within fifteen minutes
ADDRESS_LOCKED_AFTER = int(SETTINGS.get("ECRIME_ADDRESS_TRIES", "50"))  # an office shares one IP address
# "required": the roles listed in app/roles.py must set up a second factor first. "offered": it is optional.
SECOND_FACTOR = SETTINGS.get("ECRIME_SECOND_FACTOR", "required" if ENVIRONMENT == "production" else "offered")
# How many people a user may see in a day: "off", or changes of the limits in app/roles.py ("Investigator=800,Manager=2000").
DAILY_PEOPLE = SETTINGS.get("ECRIME_DAILY_PEOPLE", "" if ENVIRONMENT == "production" else "off")
# Questions of one user about people in a minute, in each server process; 0 sets no limit.
QUESTIONS_PER_MINUTE = int(SETTINGS.get("ECRIME_QUESTIONS_PER_MINUTE", "100"))
ITEM_NUMBERS_PER_MINUTE = int(SETTINGS.get("ECRIME_ITEM_NUMBERS_PER_MINUTE", "30"))
UPLOAD_MEGABYTES_PER_DAY = int(
    SETTINGS.get("ECRIME_UPLOAD_MEGABYTES", "4000")
)  # of one user; 0 sets no limit
NAMED_PEOPLE_PER_MINUTE = 5  # person numbers typed as a second record
# Whether data entry needs a valid certificate of training: "off", "warn" or "on" (docs/administrator.md).
TRAINING = SETTINGS.get("ECRIME_TRAINING", "off")
WTF_CSRF_TIME_LIMIT = None  # as long as the session: a page left open over lunch must still be able to save

MAX_CONTENT_LENGTH = 40 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
MAX_FORM_PARTS = 4000

COMPRESS_ALGORITHM = ["br", "gzip"]  # Brotli makes the largest page 14 % smaller, for half a millisecond
COMPRESS_BR_LEVEL = 5
COMPRESS_LEVEL = 5  # 5 % smaller than level 4, for a third of a millisecond on the largest page
COMPRESS_MIN_SIZE = 500
