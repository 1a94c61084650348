"""Private names of Flask-AppBuilder that this project uses."""

from app.kernel.patch_guard import require_version

require_version("flask-appbuilder", "5.3.")


def get_permission_name(method):
    """Return the permission that FAB's decorators give to a method of an API."""
    return method._permission_name
