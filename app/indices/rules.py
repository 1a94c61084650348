"""Rules of relations between records (V136)."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

FROM = ("from_person", "from_item", "from_organisation")
TO = ("to_person", "to_item", "to_organisation", "to_place")


def relation_has_its_ends(relation, facts):
    chosen_from, chosen_to = (
        [name for name in names if getattr(relation, name) is not None] for names in (FROM, TO)
    )
    if len(chosen_from) != 1:
        text = _("Choose one record on the first side: a person, an item or an organisation.")
        yield Problem(chosen_from[-1] if chosen_from else "from_person", text, "V136")
    if len(chosen_to) > 1:
        text = _(
            "Choose at most one record on the second side. Without one, the relation is with the case itself."
        )
        yield Problem(chosen_to[-1], text, "V136")


def relation_is_between_two_records(relation, facts):
    for one, other in zip(FROM, TO, strict=False):
        if getattr(relation, one) is not None and getattr(relation, one) is getattr(relation, other):
            yield Problem(other, _("A record has no relation with itself. Choose another record."), "V136")


def relation_ends_after_it_begins(relation, facts):
    if relation.since is not None and relation.until is not None and relation.until < relation.since:
        yield Problem("until", _("The relation ends before it begins."), "V136")


def people_are_named_in_the_case(relation, facts):
    """Refuse a protected person like one that the case does not name: a refusal does not say who the witness is."""
    if relation.id is not None or relation.case is None:
        return
    named = {one.person_id for one in relation.case.involvements if not one.is_void and not one.is_hidden}
    for name in ("from_person", "to_person"):
        person = getattr(relation, name)
        if person is not None and person.id not in named:
            text = _("Add the person to this case first, in a role that does not protect the name.")
            yield Problem(name, text, "V136")


RELATION = (
    relation_has_its_ends,
    relation_is_between_two_records,
    relation_ends_after_it_begins,
    people_are_named_in_the_case,
)
