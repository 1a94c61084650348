"""The published files of the figures."""

import multiprocessing

from app.statistics import store


def test_forked_process_opens_the_next_file(app, publish_facts):
    """The command `serve` opens the figures of new demo data before it forks the workers."""

    def open_next_file():
        with app.app_context():
            store.open_figures().execute("SELECT count(*) FROM cases").fetchall()

    publish_facts(cases=[{"id": 1}])
    open_next_file()
    store.close_figures()
    publish_facts(cases=[{"id": 2}])
    worker = multiprocessing.get_context("fork").Process(target=open_next_file)
    worker.start()
    worker.join(60)
    is_alive = worker.is_alive()
    worker.kill()
    assert not is_alive and worker.exitcode == 0
