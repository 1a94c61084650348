"""The start of the practice system. It shares no file, key, cookie and setting with another system."""

import shutil
import sys

from sqlalchemy import create_engine

import config
from app.cli import server, setup
from app.kernel.system_kind import PRACTICE, read_kind
from app.practice import accounts, exercises


def serve(host, port, is_fresh):
    """Set up the practice system and serve it."""
    if not config.IS_PRACTICE:
        sys.exit("Not started: start the practice system with `python3 run.py practice`.")
    if is_fresh:
        delete_data()
    app = setup.prepare_app(serves=True, answers=True)
    with setup.hold_setup_lock(), app.app_context():
        accounts.create_accounts()
        exercises.load_shipped_exercises()
    setup.print_step(accounts.format_startup_message(host, port))
    server.run(app, host, port)


def delete_data():
    """Delete the data folder of the practice system. Exit if it holds the data of another system."""
    if not config.SQLALCHEMY_DATABASE_URI.startswith("sqlite"):
        sys.exit(
            "Not deleted: --fresh deletes files only. Empty the PostgreSQL database of the practice system yourself."
        )
    path = config.DATA_DIR / "register.db"
    if config.DATA_DIR.exists() and any(config.DATA_DIR.iterdir()):
        engine = create_engine(config.SQLALCHEMY_DATABASE_URI)
        kind = read_kind(engine) if path.exists() else None
        engine.dispose()
        if kind != PRACTICE:
            sys.exit(f"Not deleted: {config.DATA_DIR} is not the data folder of a practice system.")
        shutil.rmtree(config.DATA_DIR)
