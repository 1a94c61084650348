"""The libraries the whole register shares; each is bound to an application in `create_app`."""

from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

# One metadata for FAB's tables and ours, so that one migration chain owns them all.
db = get_sqla_class()(metadata=Model.metadata)
migrate = Migrate()
csrf = CSRFProtect()
compress = Compress()


def new_appbuilder(**options) -> AppBuilder:
    """A fresh AppBuilder: FAB keeps state on it, so every application gets its own."""
    return AppBuilder(**options)
