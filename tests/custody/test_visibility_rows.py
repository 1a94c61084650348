"""Who learns of whoever is held, and what that costs."""

import pytest
from sqlalchemy import text

from app.custody.visibility_rows import IN_HANDS_OF, insert_visibility
from tests.query_plans import plan

MANY_ARE_SEEN = (
    "SET session_replication_role = replica",  # persons are not needed here
    "INSERT INTO visibility (person_id, hidden) SELECT number, false FROM generate_series(1, 3000) AS number",
    "SET session_replication_role = origin",
    "ANALYZE visibility",
)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_seen_already_is_looked_up_by_the_person(register, db_session):
    """SQLite finds it so in any case."""
    with register.owner.begin() as connection:
        for statement in MANY_ARE_SEEN:
            connection.execute(text(statement))
    for model in IN_HANDS_OF:
        asked = insert_visibility(model, [1]).compile(register.owner, compile_kwargs={"literal_binds": True})
        lines = plan(register, str(asked), ())
        assert f"Index Cond: (person_id = {model.__tablename__}.person_id)" in lines, "\n".join(lines)
