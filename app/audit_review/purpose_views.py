"""Choice of the purpose of access to person records: in the top bar, or before a page that requires it."""

from urllib.parse import urlsplit

from flask import abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user

from app.accounts import access_purpose
from app.corrections import correctable_records
from app.kernel.api.problem_details import problem_response
from app.kernel.audit import access_log
from app.kernel.schema import code_lists

PURPOSE_FIELD, ABOUT_FIELD = "_purpose", "_purpose_about"  # field names in every form that contains a purpose
AGAIN_FIELD = "_purpose_again"  # a button with the session of an earlier purpose of the user


def init_app(app):
    """Register the purpose checks. Call it after the CSRF and sign-in checks, which run first."""
    app.before_request(_set_purpose_from_form)
    app.register_error_handler(access_log.PurposeRequired, _request_purpose)
    app.jinja_env.globals.update(
        get_current_purpose=get_current_purpose, get_purpose_choices=get_purpose_choices
    )


def get_current_purpose():
    """Return (label, topic, expiry, code) of the purpose of the user, or None."""
    purpose, row = g.get("purpose", access_purpose.NO_PURPOSE), g.get("sign_in")
    if not purpose.code or row is None:
        return None
    return (
        code_lists.label(access_purpose.PURPOSE_LIST, purpose.code),
        purpose.about,
        row.purpose_until,
        purpose.code,
    )


def get_purpose_choices():
    return code_lists.choices(access_purpose.PURPOSE_LIST)


class PurposeView(BaseView):
    """Page for choosing the purpose."""

    route_base = "/purpose"
    default_view = "choose"
    class_permission_name = "Purpose"
    method_permission_name = {"choose": "choose"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def choose(self):
        if request.method == "GET":
            return _render_purpose_page(
                _find_local_path(request.referrer) or self.appbuilder.get_url_for_index
            )
        aim = _find_local_path(request.form.get("next")) or self.appbuilder.get_url_for_index
        if not _set_chosen_purpose():
            return make_response(_render_purpose_page(aim, failed=True), 422)
        return redirect(aim)


class PrintedView(BaseView):
    """Endpoint that a page calls when it is printed."""

    route_base = "/print-log"
    default_view = "log_print"
    class_permission_name = "Purpose"
    method_permission_name = {"log_print": "choose"}

    @expose("/<any('person', 'case', 'court_order'):entity>/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def log_print(self, entity, pk):
        if correctable_records.find_record(entity, pk) is None:  # users print only records they may see
            abort(404)
        access_log.log_print(entity, pk, [pk] if entity == "person" else [])
        return "", 204


def _set_purpose_from_form():
    """Read the purpose from a form that is sent again after the purpose page."""
    is_resubmitted = (
        request.method == "POST"
        and (PURPOSE_FIELD in request.form or AGAIN_FIELD in request.form)
        and request.endpoint != "PurposeView.choose"
    )
    if is_resubmitted and current_user.is_authenticated and not _set_chosen_purpose():
        return make_response(_render_purpose_page(request.full_path, _get_form_pairs(), failed=True), 422)
    return None


def _set_chosen_purpose():
    if g.get("sign_in") is None:
        abort(403)
    if AGAIN_FIELD in request.form:
        earlier = access_purpose.load_recent_purposes(current_user.id)
        purpose = earlier.get(request.form.get(AGAIN_FIELD, type=int))
    else:
        purpose = access_purpose.parse_purpose(
            request.form.get(PURPOSE_FIELD, ""), request.form.get(ABOUT_FIELD, "")
        )
    if purpose is not None:
        access_purpose.set_purpose(purpose)
    return purpose is not None


def _request_purpose(needed):
    """Show the purpose page instead of the requested page. The API and page fragments get a message."""
    if request.path.startswith("/api/"):
        return problem_response(needed.code, str(access_log.API_PURPOSE_MESSAGE))
    if request.accept_mimetypes.best == "application/json":
        return problem_response(needed.code, str(needed.description))
    return make_response(_render_purpose_page(request.full_path, _get_form_pairs()), needed.code)


def _get_form_pairs():
    """Return the form values to send again. A file must be chosen again."""
    ours = ("csrf_token", PURPOSE_FIELD, ABOUT_FIELD, AGAIN_FIELD)
    return [pair for pair in request.form.items(multi=True) if pair[0] not in ours]


def _render_purpose_page(aim, typed=(), failed=False):
    again = request.method == "POST" and request.endpoint != "PurposeView.choose"
    return render_template(
        "audit_review/access_purpose.html",
        appbuilder=current_app.appbuilder,
        title=gettext("Why are you searching?"),
        action=request.full_path if again else url_for("PurposeView.choose"),
        aim="" if again else aim.rstrip("?"),
        typed=typed,
        failed=failed,
        earlier=[
            (key, code_lists.label(access_purpose.PURPOSE_LIST, purpose.code), purpose.about)
            for key, purpose in access_purpose.load_recent_purposes(current_user.id).items()
        ],
        chosen=request.form.get(PURPOSE_FIELD, "") or (get_current_purpose() or ("",) * 4)[3],
        about=request.form.get(ABOUT_FIELD, "") or (get_current_purpose() or ("",) * 4)[1],
    )


def _find_local_path(address):
    """Return path and query of a page of this site, or "" for another address."""
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
