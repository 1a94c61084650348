"""Limits of a form in the body of a request, checked before it is parsed.

Werkzeug limits the parts of a multipart form only. A form with 200,000 fields uses the processor for seconds.
"""

from flask import abort, current_app, request

FORM_TYPE = "application/x-www-form-urlencoded"


def init_app(app):
    """Check every request. Call it before anything reads the body."""

    @app.before_request
    def _refuse_large_form():
        if request.mimetype != FORM_TYPE:
            return
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
        # The parser reads the same bytes again, from the cache of the request.
        if request.get_data().count(b"&") >= current_app.config["MAX_FORM_PARTS"]:
            abort(413)
