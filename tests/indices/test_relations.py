"""Relations between records, and the link chart, never show an end that the reader may not see."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import LoginSession
from app.cases.models import Exhibit, Involvement
from app.extensions import db
from app.indices import linking, network
from app.indices.link_chart import draw_links
from app.indices.models import Item, Organisation, Relation
from app.kernel.audit.models import AuditEvent
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program


@prepared
def cases(db_session):
    """Return a case of Battambang with two suspects, and one of Phnom Penh with the first of them."""
    first, second = make_registered_person(), make_registered_person(5, given_km="វិចិត្រ")
    with acting_as("clerk.bb"):
        here = add_registered_case(BATTAMBANG, [(first, "suspect"), (second, "suspect")])
    with acting_as("clerk.pp"):
        there = add_registered_case(PHNOM_PENH, [(first, "suspect"), (make_registered_person(9), "witness")])
    db_session.commit()
    linking.link_queued_exhibits(db.session)
    return here, there


def relate(client, case, **over):
    form = {"case": case.id, "kind": "relative", "source_grade": "b", "information_grade": "2"}
    return client.send("/relation/add", form | over)


def list_relations():
    db.session.expire_all()
    return db.session.scalars(select(Relation)).unique().all()


def test_relations_are_entered_and_shown_in_the_chart(client_as, cases, each_database):
    here, there = cases
    first, second = (row.person for row in here.involvements)
    clerk = client_as("clerk.bb", "en")
    assert clerk.send("/organisation/add", {"name": "ក្រុមហ៊ុន មករា", "kind": "company"}).status_code == 302
    again = clerk.send("/organisation/add", {"name": "ក្រុមហ៊ុនមករា", "kind": "company"})
    assert again.status_code in (409, 422) and "already recorded" in again.text
    organisation, item = (
        db.session.scalars(select(Organisation)).one(),
        db.session.scalars(select(Item)).one(),
    )
    assert relate(clerk, here, from_person=first.id, to_person=second.id).status_code == 302
    twice = relate(clerk, here, from_person=second.id, to_person=first.id)
    assert twice.status_code in (409, 422) and "already recorded in this case" in twice.text
    assert relate(clerk, here, from_item=item.id, kind="owner", to_person=first.id).status_code == 302
    answer = relate(clerk, here, from_organisation=organisation.id, kind="involved")
    assert answer.status_code == 302 and len(list_relations()) == 3
    reader = client_as("investigator.bb", "en")
    assert reader.page(f"/case/show/{here.id}").by_id("RelationView").text.count("Relative") == 1
    page = reader.page(f"/links/person/{second.id}?steps=3").text
    for word in (str(first), "Relative", "ក្រុមហ៊ុន មករា", "Owner", here.number):
        assert word in page
    assert there.number not in page, "outside the area"
    page = reader.page(f"/organisation/show/{organisation.id}").text
    assert here.number in page and "Involved" in page
    page = reader.page(f"/item/show/{item.id}").text
    assert str(first) in page
    listed = select(AuditEvent).where(AuditEvent.action == "access.listed", AuditEvent.entity == "relation")
    assert [one.facts["people"] for one in db.session.scalars(listed)] == [[first.id]]
    elsewhere = client_as("warrant.pp", "en")
    assert elsewhere.get(f"/relation/show/{list_relations()[0].id}").status_code == 404
    page = elsewhere.get(f"/organisation/show/{organisation.id}").text
    assert "/relation/show/" not in page and f"/case/show/{here.id}" not in page
    assert elsewhere.get(f"/links/person/{second.id}").status_code == 404
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert reader.get(f"/item/show/{item.id}").status_code == 428, "the people of relations need a purpose"
    assert reader.get(f"/organisation/show/{organisation.id}").status_code == 200, "it names no person"


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ({}, "Choose one record on the first side"),
        ({"from_person": 0, "to_person": 0}, "no relation with itself"),
        ({"from_person": 0, "to_person": 1, "to_place": "0203"}, "Choose at most one record"),
        (
            {"from_person": 0, "to_person": 1, "since": "02/02/2026", "until": "01/02/2026"},
            "ends before it begins",
        ),
    ],
)
def test_a_wrong_relation_is_refused(client_as, cases, ends, text):
    people = [row.person_id for row in cases[0].involvements]
    given = {name: people[value] if name.endswith("person") else value for name, value in ends.items()}
    answer = relate(client_as("clerk.bb", "en"), cases[0], **given)
    assert answer.status_code == 422 and text in answer.text
    assert not list_relations()


def test_a_foreign_or_protected_end_is_refused_and_hidden(client_as, cases):
    here, there = cases
    first, second = (row.person_id for row in here.involvements)
    clerk = client_as("clerk.bb", "en")
    witness = there.involvements[1].person_id
    assert relate(clerk, here, from_person=first, to_person=witness).status_code == 422
    assert relate(clerk, there, from_person=first).status_code == 422
    assert not list_relations()
    assert relate(clerk, here, from_person=first, to_person=second).status_code == 302
    reader = client_as("investigator.bb", "en")
    assert reader.get(f"/relation/show/{list_relations()[0].id}").status_code == 200
    db.session.connection().execute(
        Involvement.__table__.update().where(Involvement.person_id == second).values(protection="witness")
    )
    db.session.commit()
    assert reader.get(f"/relation/show/{list_relations()[0].id}").status_code == 404


def test_relation_does_not_say_who_is_the_witness_of_a_case(client_as, cases, each_database):
    witness, other = make_registered_person(6), make_registered_person(7)
    with acting_as("investigator.bb"):
        here = add_registered_case(BATTAMBANG, [(make_registered_person(8), "suspect"), (witness, "witness")])
        add_registered_case(BATTAMBANG, [(witness, "suspect"), (other, "suspect")])
        db.session.commit()
    program = Program(client_as("clerk.bb", "en"))
    answers = []
    for person in (witness, other):
        body = {"case": here.id, "kind": "involved", "source_grade": "b", "information_grade": "2"}
        refused = program.post("relations/", body | {"from_person": person.id}, 422)
        answers.append([refused["errors"]])
        for role in ("witness", "other"):
            row = {"known": person.id, "role": role, "injury": "none", "photo_missing": "not_available"}
            program.post(f"cases/{here.id}/add", {"people": [row]}, 201)
            related = program.post(
                "relations/", body | {"from_person": person.id}, 201 if role == "other" else 422
            )
            answers[-1].append(related.get("errors"))
    assert answers[0] == answers[1] and "Add the person to this case first" in str(answers[0])


def test_chart_of_many_records_is_cut(cases, app):
    here, _there = cases
    with acting_as("clerk.bb"):
        for number in range(40):
            case = add_registered_case(BATTAMBANG, [(here.involvements[0].person, "suspect")])
            case.exhibits += [Exhibit(kind="phone", serial=f"35{number:03}{n:03}") for n in range(7)]
        db.session.commit()
        linking.link_queued_exhibits(db.session)
        with app.test_request_context():
            found = network.find_network(network.CASE, here, 3)
            chart = draw_links(found, "", "", {}).__html__()
    assert len(found.nodes) == network.MAX_NODES and found.is_cut
    assert chart.count("<rect") == network.MAX_NODES
    assert all(edge.first in found.nodes and edge.second in found.nodes for edge in found.edges)


def test_place_page_lists_own_cases_and_counts_five_others(client_as, cases):
    here, there = cases
    reader = client_as("investigator.bb", "en")
    page = reader.get(f"/place-cases/{PHNOM_PENH}").text
    assert f"/case/show/{there.id}" not in page and "other cases are outside" not in page, "one is too few"
    with acting_as("clerk.pp"):
        for _number in range(5):
            add_registered_case(PHNOM_PENH, [(make_registered_person(3), "suspect")])
        db.session.commit()
    page = reader.get(f"/place-cases/{PHNOM_PENH}").text
    assert "5 other cases are outside your area" in page, "the case with a protected witness is not counted"
    assert f"/case/show/{here.id}" in reader.get(f"/place-cases/{BATTAMBANG}").text
    assert f"/place-cases/{BATTAMBANG}" in reader.get(f"/case/show/{here.id}").text
    assert reader.get("/place-cases/02").status_code == 404 == reader.get("/place-cases/999999").status_code


def test_organisation_is_found_by_the_start_of_its_name(client_as, db_session):
    clerk = client_as("clerk.bb")
    assert clerk.send("/organisation/add", {"name": "ក្រុមហ៊ុន មករា", "kind": "company"}).status_code == 302
    (found,) = clerk.get("/lookup/organisation?q=ក្រុមហ៊ុន").json["items"]
    assert found["text"] == "ក្រុមហ៊ុន មករា"
    assert not clerk.get("/lookup/organisation?q=3").json["items"]
