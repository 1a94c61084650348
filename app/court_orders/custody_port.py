"""What orders ask of the feature that holds people, which stands above them and says here how it answers."""

_answers = {}


def answered_by(*, of_order, held):
    """`of_order(order)` → ids of the standing arrests that rest on it; `held(ids)` → those persons in open detention."""
    _answers.update(of_order=of_order, held=held)


def of_order(order):
    """None where nobody registers arrests here."""
    return _answers["of_order"](order) if _answers else None


def is_held(person):
    """None where nobody registers detentions here, or nobody is named."""
    return person.id in _answers["held"]([person.id]) if _answers and person is not None else None


def held(ids):
    """The ids of those of these persons who are in open detention; None where nobody registers detentions here."""
    return _answers["held"](ids) if _answers else None
