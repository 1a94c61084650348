"""A limit for some queries leaves the limit of the transaction as it was."""

import pytest
from sqlalchemy import text

from app.kernel.database.time_limit import time_limit

pytestmark = pytest.mark.database


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("before", ["0", "1min"])
def test_limit_of_the_transaction_is_set_again(db_session, database, before):
    db_session.execute(text(f"SET LOCAL statement_timeout = '{before}'"))
    with time_limit(db_session, 2):
        assert db_session.scalar(text("SHOW statement_timeout")) == "2s"
    assert db_session.scalar(text("SHOW statement_timeout")) == before
