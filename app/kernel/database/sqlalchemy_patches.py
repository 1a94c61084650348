"""Private names of SQLAlchemy that this project uses."""

import itertools

from sqlalchemy import inspect
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.cache_key import NO_CACHE, anon_map
from sqlalchemy.sql.elements import BindParameter

from app.kernel.patch_guard import require_version

require_version("sqlalchemy", "2.1.")


# Key of criteria → its number. A counter, because two threads must not give one number to two keys.
_key_numbers, _counter = {}, itertools.count()


class CombinedCriteria(CriteriaOption):
    """The criteria of all classes as one option, with a short key in SQLAlchemy's statement cache that is computed once.

    Each statement carries a criterion for each of a hundred classes. Gain of the kept key: 15 % of the page of a case,
    33 % of the home page. One option instead of a hundred, and a number instead of their keys: another 15 % of each.
    """

    propagate_to_loaders = True

    def __init__(self, criteria):
        self.criteria, self.values = criteria, []
        key = tuple(self._compute_key(one) for one in criteria)
        self.key = (CombinedCriteria, _key_numbers.setdefault(key, next(_counter)))

    def _compute_key(self, criterion):
        names = anon_map()
        key = criterion._gen_cache_key(names, self.values)
        if NO_CACHE in names:  # two criteria would have one key, and a reader the rows of another
            raise TypeError("a criterion that cannot be cached")
        return key

    def _gen_cache_key(self, _anon_map, bindparams):
        bindparams.extend(self.values)
        return self.key

    def get_global_criteria(self, attributes):
        for one in self.criteria:
            one.get_global_criteria(attributes)

    def process_compile_state(self, compile_state):
        self.get_global_criteria(compile_state.global_attributes)

    def process_compile_state_replaced_entities(self, compile_state, mapper_entities):
        self.process_compile_state(compile_state)


class IdentityBindParameter(BindParameter):
    """A value of a criterion, compared with its copies by identity of the original.

    SQLAlchemy looks up the copies in a dict at each execution, and otherwise builds `a = b` for each comparison. Gain: 7
    to 10 % of the page of a person.
    """

    inherit_cache = True
    __hash__ = BindParameter.__hash__

    def __eq__(self, other):
        return hash(self) == hash(other)


def compare_by_identity(condition):
    """Let the values of a condition be compared by identity. Return the condition."""
    for element in visitors.iterate(condition):
        if type(element) is BindParameter:
            element.__class__ = IdentityBindParameter
    return condition


def mark_inserted(session, records):
    """Mark records as inserted in this transaction, as a flush does at its end: a rollback then removes them.

    Used for a new case, which is written without a flush (decision 22).
    """
    session._register_persistent({inspect(record) for record in records})


def written_columns(statement):
    """Return the names of the columns that an UPDATE sets. SQLAlchemy has no public way to ask."""
    return {getattr(column, "key", column) for column in statement._values or {}}
