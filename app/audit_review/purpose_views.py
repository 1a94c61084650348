"""Choosing for which work people are looked up: in the bar, or on the way to a page that asks for it."""

from urllib.parse import urlsplit

from flask import abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user

from app.accounts import access_purpose
from app.corrections import correctable_records
from app.kernel.audit import access_log
from app.kernel.schema import code_lists

BOX, ABOUT = "_purpose", "_purpose_about"  # in whatever form brings a purpose along


def init_app(app):
    """Called after the guards of forms and of sign-ins, which ask first."""
    app.before_request(_take_along)
    app.register_error_handler(access_log.PurposeNeeded, _ask)
    app.jinja_env.globals.update(purpose_now=purpose_now, purpose_choices=purpose_choices)


def purpose_now():
    """(the word of the purpose, what it is about, until when, its code) of the reader; None without one."""
    purpose, row = g.get("purpose", access_purpose.NONE), g.get("sign_in")
    if not purpose.code or row is None:
        return None
    return (
        code_lists.label(access_purpose.CODES, purpose.code),
        purpose.about,
        row.purpose_until,
        purpose.code,
    )


def purpose_choices():
    return tuple(code_lists.choices(access_purpose.CODES))


class PurposeView(BaseView):
    """The page behind the purpose in the bar."""

    route_base = "/purpose"
    default_view = "choose"
    class_permission_name = "Purpose"
    method_permission_name = {"choose": "choose"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def choose(self):
        if request.method == "GET":
            return _panel(_ours(request.referrer) or self.appbuilder.get_url_for_index)
        aim = _ours(request.form.get("next")) or self.appbuilder.get_url_for_index
        if not _chosen():
            return make_response(_panel(aim, failed=True), 422)
        return redirect(aim)


class PrintedView(BaseView):
    """A page tells that it was printed."""

    route_base = "/printed"
    default_view = "tell"
    class_permission_name = "Purpose"
    method_permission_name = {"tell": "choose"}

    @expose("/<any('person', 'case', 'court_order'):entity>/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def tell(self, entity, pk):
        if correctable_records.find(entity, pk) is None:  # nobody prints what he does not see
            abort(404)
        access_log.printed(entity, pk, [pk] if entity == "person" else [])
        return "", 204


def _take_along():
    """A form that was held up for want of a purpose is sent again, with one."""
    held_up = request.method == "POST" and BOX in request.form and request.endpoint != "PurposeView.choose"
    if held_up and current_user.is_authenticated and not _chosen():
        return make_response(_panel(request.full_path, _typed(), failed=True), 422)
    return None


def _chosen():
    if g.get("sign_in") is None:
        abort(403)
    purpose = access_purpose.read(request.form.get(BOX, ""), request.form.get(ABOUT, ""))
    if purpose is not None:
        access_purpose.choose(purpose)
    return purpose is not None


def _ask(needed):
    """The panel in the place of the page, which then goes on; a program and a part of a page get a sentence."""
    if request.path.startswith("/api/"):
        return {"message": str(access_log.PROGRAMS_SAY_WHY)}, needed.code
    if request.accept_mimetypes.best == "application/json":
        return {"message": str(needed.description)}, needed.code
    return make_response(_panel(request.full_path, _typed()), needed.code)


def _typed():
    """What the form held that is sent again; a file has to be chosen anew."""
    ours = ("csrf_token", BOX, ABOUT)
    return [pair for pair in request.form.items(multi=True) if pair[0] not in ours]


def _panel(aim, typed=(), failed=False):
    again = request.method == "POST" and request.endpoint != "PurposeView.choose"
    return render_template(
        "looks/purpose.html",
        appbuilder=current_app.appbuilder,
        title=gettext("For which work?"),
        action=request.full_path if again else url_for("PurposeView.choose"),
        aim="" if again else aim.rstrip("?"),
        typed=typed,
        failed=failed,
        chosen=request.form.get(BOX, "") or (purpose_now() or ("",) * 4)[3],
        about=request.form.get(ABOUT, "") or (purpose_now() or ("",) * 4)[1],
    )


def _ours(address):
    """A page of this register as path and query; empty for any other."""
    parts = urlsplit(address or "")
    if (
        (parts.netloc and parts.netloc != request.host)
        or not parts.path.startswith("/")
        or "\\" in parts.path
    ):
        return ""
    if parts.path.startswith("//") or parts.path == url_for("PurposeView.choose"):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
