"""The private names of libraries that the `*_patches.py` modules use still mean what the patches expect."""

import re

import pytest
from flask import g
from flask_babel import force_locale, get_locale
from flask_login import current_user
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm.util import LoaderCriteriaOption

from app.accounts.models import User
from app.kernel import flask_login_patches
from app.kernel.database import psycopg_patches, sqlalchemy_patches
from app.kernel.i18n.flask_babel_patches import cached_locale
from app.kernel.patch_guard import require_version
from tests.house.source_files import MODULES, named

# Private names of Python itself and of named tuples, and documented names that begin with an underscore.
OWN = re.compile(r"\b(self|cls|super\(\))\._|\._(asdict|replace|fields|mapping|get_current_object)\b")
PRIVATE = re.compile(r"\w\._(?!_)[a-z]\w*")


def test_private_names_of_libraries_are_used_in_patches_only():
    found = {}
    for path in MODULES:
        if path.stem.endswith("_patches"):
            continue
        code = (line.partition("#")[0] for line in path.read_text("utf-8").splitlines())
        lines = [line.strip() for line in code if PRIVATE.search(OWN.sub("", line))]
        if lines:
            found[named(path)] = lines
    assert not found


def test_require_version_other_version_is_refused():
    with pytest.raises(RuntimeError, match="Its patches were tested with 0.0."):
        require_version("sqlalchemy", "0.0.")


def test_cached_criteria_have_the_key_of_sqlalchemy():
    statement, condition = select(User), User.id == 1
    plain = statement.options(LoaderCriteriaOption(User, condition))
    cached = statement.options(sqlalchemy_patches.CachedCriteria(User, condition))
    for _again in range(2):
        key = cached._generate_cache_key()
        assert len(key.bindparams) == len(plain._generate_cache_key().bindparams) == 1
        assert key.key != statement._generate_cache_key().key


def test_written_columns_of_an_update():
    assert sqlalchemy_patches.written_columns(update(User).values(active=False)) == {"active"}


def test_cached_locale_follows_the_request(register):
    with register.app.test_request_context(headers={"Accept-Language": "en"}):
        assert cached_locale() == get_locale()
        with force_locale("en"):
            assert cached_locale().language == "en"


def test_request_user_is_the_current_user(register):
    user = User(id=7)
    with register.app.test_request_context():
        flask_login_patches.set_request_user(user)
        flask_login_patches.set_anonymous_if_unknown()
        assert current_user._get_current_object() is user
    with register.app.test_request_context():
        flask_login_patches.set_anonymous_if_unknown()
        assert not current_user.is_authenticated and "_login_user" in g


def test_dialect_overrides_what_sqlalchemy_calls():
    for name in ("do_ping", "do_rollback"):
        assert callable(getattr(PGDialect_psycopg, name))
        assert name in vars(psycopg_patches.PlanCachingDialect)
