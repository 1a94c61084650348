"""The case of the letters."""

from tests import sample_rows
from tests.prepared import prepared


@prepared
def case_id(db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case()
    db_session.commit()
    return case.id
