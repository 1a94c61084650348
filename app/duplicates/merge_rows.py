"""Moving what hangs on one record to another, and back: in one transaction, through the lock's door, row by row.

The session works out what follows (an age in a case, whose the person is). Each changed column is kept as a row of the
joining; the locks of the database let exactly those through, while the joining is open.
"""

from datetime import timedelta

from sqlalchemy import insert, inspect, select

from app.cases import court_findings
from app.cases.models import Involvement
from app.cases.rules import CaseFacts
from app.corrections import impact
from app.duplicates.detection import APART
from app.duplicates.models import JoiningRow
from app.duplicates.person_references import key_of, links, point, rows_of
from app.extensions import db
from app.kernel.access.access_grants import Opening
from app.kernel.schema import record_lock
from app.kernel.schema.rules import ERROR, Problem, RuleBroken, ask
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

OPEN_FOR = timedelta(minutes=1)  # no longer than the transaction in any case: it is shut again at its end


def join(joining):
    """Everything that hangs on the record that goes follows to the one that stays. Raises RuleBroken."""
    with impact.the_whole_register(joining):
        staying, going = _both(joining)
        moves = [(row, column, staying) for row, column in rows_of(db.session, going.id)]
        _move(joining, [one for one in moves if not _is_there(*one)], going, staying.id)


def part(joining):
    """What the joining of old has moved goes back, exactly those rows; what was added since stays. Raises RuleBroken."""
    with impact.the_whole_register(joining):
        _staying, going = _both(joining)
        moves = [
            (row, column, db.session.get(Person, before))
            for row, column, before in _moved(joining.parts)
            if row is not going
        ]
        _move(joining, moves, going, None)


def _both(joining):
    """The two records, held against whoever wants to hang something on one of them meanwhile."""
    ids = (joining.staying_id, joining.going_id)
    found = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    people = {person.id: person for person in db.session.scalars(found).unique()}
    return people[joining.staying_id], people[joining.going_id]


def _is_there(row, column, staying):
    """Whether a row whose very number is the person's stands at the record that stays already."""
    return (
        inspect(row).mapper.primary_key[0].key == column and db.session.get(type(row), staying.id) is not None
    )


def _moved(joining):
    """(row, column, what it pointed to before) of what a joining has moved and nobody has moved on."""
    following = {(model.__tablename__, column): model for model, column in links()}
    following["opening", "entity_id"] = Opening
    for kept in joining.rows:
        model = following.get((kept.entity, kept.column_name))
        if model is None:
            continue  # what only followed from it follows again
        own_key = inspect(model).primary_key[0].key == kept.column_name
        row = db.session.get(model, kept.after if own_key else kept.entity_id)
        if row is not None and getattr(row, kept.column_name) == kept.after:
            yield row, kept.column_name, kept.before


def _move(joining, moves, going, joined_into_id):
    with db.session.no_autoflush:
        broken = _errors(moves)
        changed = {}
        for row, column, person in moves:
            changed[row.__tablename__, key_of(row), column] = (getattr(row, column), person.id)
            point(row, column, person)
        going.joined_into_id = joined_into_id
        follows, problems = impact.pending()
        problems = [*problems, *(problem for key, problem in _errors(moves).items() if key not in broken)]
        if problems:
            raise RuleBroken(problems)
        changed |= follows
        _keep(joining, changed)
    db.session.info[APART] = tuple(sorted((joining.staying_id, joining.going_id)))
    try:
        with record_lock.through_the_door(
            db.session, {key: after for key, (_before, after) in changed.items()}
        ):
            db.session.flush()
    finally:
        del db.session.info[APART]
    status.follow(db.session, (joining.staying_id, joining.going_id))
    joining.open_until = dates.now()
    db.session.flush()


def _errors(moves):
    """What the rules of a person in a case say against the rows as they stand now."""
    found = {}
    for row, _column, _other in moves:
        if isinstance(row, Involvement) and not row.is_void:
            row.derive()
            facts = CaseFacts(now=dates.now(), **court_findings.of_row(row))
            for problem in ask(Involvement.__rules__, row, facts):
                if problem.severity == ERROR:
                    found[row.id, problem.rule] = Problem("", f"{row.case}: {problem.text}", problem.rule)
    return found


def _keep(joining, changed):
    db.session.execute(
        insert(JoiningRow),
        [
            {
                "joining_id": joining.id, "entity": entity, "entity_id": entity_id, "column_name": column,
                "before": before, "after": after,
            }
            for (entity, entity_id, column), (before, after) in changed.items()
        ],
    )  # fmt: skip
