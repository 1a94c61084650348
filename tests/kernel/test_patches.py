"""The private names of libraries that the `*_patches.py` modules use still mean what the patches expect."""

import ast
import importlib
import re

import pytest
from flask import g
from flask_appbuilder import BaseView, expose
from flask_appbuilder.menu import Menu
from flask_appbuilder.security.decorators import permission_name
from flask_babel import force_locale, get_locale
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import String, TypeDecorator, cast, func, select, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import with_loader_criteria
from werkzeug.routing import Map, Rule
from wtforms.widgets import TextInput, html_params

from app.accounts.models import User
from app.kernel import flask_login_patches
from app.kernel.api.fab_patches import get_permission_name
from app.kernel.database import psycopg_patches, sqlalchemy_patches
from app.kernel.forms.inputs import TextField
from app.kernel.forms.record_form import RowForm
from app.kernel.forms.wtforms_patches import shown_text, write_attributes
from app.kernel.i18n.flask_babel_patches import cached_locale
from app.kernel.patch_guard import require_version
from app.kernel.screens.fab_patches import MethodNamesMixin
from app.web.fab_patches import CachedMenu
from app.web.werkzeug_patches import LazyRule
from tests.house.source_files import MODULES, named, tree

# Private names of Python itself and of named tuples, and documented names that begin with an underscore.
OWN = re.compile(r"\b(self|cls|super\(\))\._|\._(asdict|replace|fields|mapping|get_current_object)\b")
PRIVATE = re.compile(r"\w\._(?!_)[a-z]\w*")
# Hooks that a base class of a library offers to its subclasses under a private name → our classes that override or use them.
NAMES_OF_BASES = {
    "flask_appbuilder": {
        "_filters": "RecordView",
        "_gen_labels_columns": "RecordView",
        "_get_add_widget": "CustodyStepFormView EditPages LetterView OrderActionView TaskView",
        "_get_edit_widget": "CustodyStepFormView EditPages LetterView",
        "_init_forms": "ArrestView RecordView",
        "_init_model_schemas": "RecordApi",
        "_init_properties": "RecordApi RecordView",
        "_ldap_bind": "LdapMixin",
        "_ldap_bind_indirect": "LdapMixin",
        "_prettify_column": "RecordView",
        "_register_urls": "RecordApi",
        "_related_views": "RecordView",
        "_search_ldap": "LdapMixin",
    },
    "wtforms": {"_value": "TextField"},
}


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


def find_names_of_bases():
    """Return library → the private names of its classes that our subclasses override or use → our classes."""
    found = {}
    for path in MODULES:
        if path.stem.endswith("_patches"):
            continue
        module = importlib.import_module(
            named(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        )
        lines = path.read_text("utf-8").splitlines()
        for node in tree(path).body if any(line.startswith("class ") for line in lines) else ():
            if isinstance(node, ast.ClassDef):
                used = _private_names(node, lines[node.lineno - 1 : node.end_lineno])
                for library, name in _find_in_bases(getattr(module, node.name), used):
                    found.setdefault(library, {}).setdefault(name, set()).add(node.name)
    return found


def _private_names(node, lines):
    """Return the names of one underscore that a class defines, or uses by `self`, `cls` or `super()`."""
    defined = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    used = set(re.findall(r"\b(?:self|cls|super\(\))\.(_(?!_)[a-z]\w*)", "\n".join(lines)))
    return {name for name in defined | used if re.match("_(?!_)", name)}


def _find_in_bases(cls, names):
    """Yield (library, name) of each name that a library defines in a base of the class, or of a class that mixes it in."""
    mixed = [cls, *_subclasses(cls)]
    bases = {base for one in mixed for base in one.__mro__ if not base.__module__.startswith("app.")}
    for name in names:
        yield from {(base.__module__.partition(".")[0], name) for base in bases if name in vars(base)}


def _subclasses(cls):
    for one in type.__subclasses__(cls):
        yield one
        yield from _subclasses(one)


def test_private_names_of_base_classes_are_listed():
    """A name that a new version of the library drops is missed here; `require_version` guards the versions."""
    found = {
        library: {name: " ".join(sorted(classes)) for name, classes in names.items()}
        for library, names in find_names_of_bases().items()
    }
    assert found == NAMES_OF_BASES


def test_every_module_of_patches_requires_a_version():
    patches = [path for path in MODULES if path.stem.endswith("_patches")]
    assert len(patches) == 9
    assert [named(path) for path in patches if "\nrequire_version(" not in path.read_text("utf-8")] == []


def test_require_version_other_version_is_refused():
    with pytest.raises(RuntimeError, match="Its patches were tested with 0.0."):
        require_version("sqlalchemy", "0.0.")


def test_combined_criteria_have_a_key_for_each_condition():
    def combine(*conditions):
        return sqlalchemy_patches.CombinedCriteria([with_loader_criteria(User, one) for one in conditions])

    statement, condition = select(User), User.id == 1
    one, same, both, other = (
        statement.options(combine(*conditions))._generate_cache_key()
        for conditions in ((condition,), (User.id == 2,), (condition, User.active), (User.id > 1,))
    )
    assert one == same and [value.value for value in same.bindparams] == [2]
    assert len({one.key, both.key, other.key, statement._generate_cache_key().key}) == 4


def test_combined_criteria_refuse_a_condition_that_cannot_be_cached():
    class Shouted(TypeDecorator):
        impl, cache_ok = String, None

    condition = func.length(cast(User.username, Shouted())) > 3
    with pytest.raises(TypeError, match="cannot be cached"), pytest.warns(SAWarning, match="cache_ok"):
        sqlalchemy_patches.CombinedCriteria([with_loader_criteria(User, condition)])


def test_combined_criteria_limit_a_statement_like_each_of_them(db_session):
    conditions = [with_loader_criteria(User, User.id > 3), with_loader_criteria(User, User.active)]
    statement = select(User.id).order_by(User.id)
    combined = statement.options(sqlalchemy_patches.CombinedCriteria(conditions))
    for _again in range(2):
        found = db_session.scalars(combined).all()
        assert found == db_session.scalars(statement.options(*conditions)).all() and min(found) > 3


def test_values_of_a_criterion_are_compared_without_an_expression():
    condition = sqlalchemy_patches.compare_by_identity(User.id == 1)
    value, other = condition.right, (User.id == 1).right
    assert (value == value._annotate({"copy": True})) is True
    assert (value == other) is False


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


def test_lazy_rule_builds_the_url_of_a_rule_at_first_use():
    lazy, plain = (Map([kind("/case/show/<int:pk>", endpoint="show")]) for kind in (LazyRule, Rule))
    values = {"pk": 7, "tab": "people"}
    for _again in range(2):
        urls = [one.bind("localhost").build("show", values) for one in (lazy, plain)]
        assert urls == ["/case/show/7?tab=people"] * 2


def test_cached_menu_has_the_entries_of_fab(client_as, app):
    menu = app.appbuilder.menu
    assert isinstance(menu, CachedMenu)
    menu.cached.clear()  # other tests use the same application
    client_as("clerk.bb").get("/")
    client_as("admin").get("/")
    assert len({roles for _language, roles in menu.cached}) == 2
    with app.test_request_context():
        assert menu.get_data() is menu.get_data()
        assert menu.get_data() == Menu.get_data(menu)


def test_registration_reads_no_property_of_a_view(app):
    class Page(MethodNamesMixin, BaseView):
        route_base = "/page"

        @property
        def late(self):
            raise AssertionError("read at registration")

        @expose("/")
        def page(self):
            return ""

    blueprint = Page().create_blueprint(app.appbuilder)
    assert len(blueprint.deferred_functions) == 1


def test_permission_name_of_a_method():
    assert get_permission_name(permission_name("post")(lambda self: None)) == "post"


def test_related_views_are_paired_once(app):
    for view in app.appbuilder.baseviews:
        declared = getattr(view, "related_views", None) or ()
        paired = [type(one) for one in view.get_init_inner_views()] if declared else []
        assert set(paired) == {
            type(one) for one in app.appbuilder.baseviews if isinstance(one, tuple(declared))
        }


def test_attributes_are_written_as_by_wtforms():
    attributes = {
        "class_": 'a "b" <c>',
        "data_row": 1,
        "aria_label": Markup('&lt;"'),
        "checked": True,
        "hidden": False,
    }
    written = write_attributes(**attributes)
    assert written == str(html_params(**attributes)) and isinstance(written, Markup)
    assert TextInput.html_params is write_attributes
    assert written.endswith('checked class="a &#34;b&#34; &lt;c&gt;" data-row="1"')


def test_field_is_created_once_and_copied_for_each_form():
    class Form(RowForm):
        name = TextField("Name")

    first, second = Form(prefix="a-"), Form(prefix="b-")
    first.name.data = "សុខ"
    assert (first.name.name, second.name.name, second.name.data) == ("a-name", "b-name", None)
    assert shown_text(first.name) == "សុខ"
