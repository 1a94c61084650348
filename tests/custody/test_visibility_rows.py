"""Query plan of the visibility rows of custody records."""

import pytest
from sqlalchemy import text

from app.custody.visibility_rows import UNIT_COLUMNS, insert_visibility
from tests.query_plans import plan

MANY_ROWS = (
    "SET session_replication_role = replica",  # skip foreign keys: the people do not exist
    "INSERT INTO visibility (person_id, hidden) SELECT number, false FROM generate_series(1, 3000) AS number",
    "SET session_replication_role = origin",
    "ANALYZE visibility",
)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_existing_visibility_is_found_by_person(register, db_session):
    """SQLite uses this plan in any case."""
    with register.owner.begin() as connection:
        for statement in MANY_ROWS:
            connection.execute(text(statement))
    for model in UNIT_COLUMNS:
        statement = insert_visibility(model, [1]).compile(
            register.owner, compile_kwargs={"literal_binds": True}
        )
        lines = plan(register, str(statement), ())
        assert f"Index Cond: (person_id = {model.__tablename__}.person_id)" in lines, "\n".join(lines)
