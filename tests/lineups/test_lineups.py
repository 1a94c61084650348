"""A photo line-up: prepared by an officer of the case, shown by another one who does not learn who is the suspect."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.user_scope import build_user_scope
from app.cases.models import Case, Involvement
from app.corrections.models import Correction
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest
from app.duplicates.models import Duplicate
from app.extensions import db
from app.inbox.models import Message
from app.investigation.models import CaseAssignment, InvestigationAct
from app.kernel.access.access_grants import BLIND, AccessGrant
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.text import dates
from app.letters.models import Letter, LetterRecipient
from app.lineups.blindness import BLIND_DURATION
from app.lineups.fillers import is_proposed_at_all
from app.lineups.models import Lineup, LineupEvent, LineupFace
from app.lineups.sessions import compute_hash
from app.lineups.steps import order_faces
from app.people.models import Person, PersonPhoto
from app.tasks.models import Task
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.court_orders.sample_orders import make_order
from tests.html_pages import Page
from tests.letters.sample_letters import send_letter
from tests.lineups.lineup_rows import DESCRIPTION, STATEMENT, add_case, add_people, find_row, list_fillers
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program


@pytest.fixture
def case(register, db_session):
    return db_session.get(Case, register.as_left_by(add_case))


def prepare(browser, case, presenter="warrant.bb", **over):
    described = (dates.now() - timedelta(hours=2)).strftime("%d/%m/%Y %H:%M")
    form = {
        "case": case.id, "suspect": find_row(case, "suspect").id, "witness": find_row(case, "witness").id,
        "described_at": described, "first_description": DESCRIPTION, "mode": "sequential",
        "presenter": find_user_id(presenter),
    }  # fmt: skip
    return browser.send("/lineup/add", form | over)


def find_lineup():
    db.session.expire_all()
    return db.session.query(Lineup).order_by(Lineup.id.desc()).first()


def fix(browser, people):
    return browser.send(f"/lineup/choose/{find_lineup().id}", {"person": [str(one) for one in people]})


def act(browser, step, **form):
    return browser.send(f"/lineup-session/show/{find_lineup().id}", {"step": step} | form)


def find_position(is_suspect):
    """Return the first position of the suspect, or of another person."""
    return [one.is_suspect for one in order_faces(find_lineup())].index(is_suspect) + 1


def show_all(browser):
    act(browser, "start", instruction_read="y")
    for seen in range(1, len(find_lineup().faces)):
        assert act(browser, "next", shown=seen).status_code == 302


def test_line_up_is_prepared_shown_and_entered(client_as, case, each_database):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb", "en")
    assert prepare(officer, case).status_code == 302
    pk, fillers = find_lineup().id, list_fillers(case)
    assert presenter.get(f"/lineup-session/show/{pk}").status_code == 404, "the photos are not chosen"
    page = officer.get(f"/lineup/choose/{pk}").text
    assert all(f'value="{one}"' in page for one in fillers) and "វិចិត្រ" not in page
    assert fix(officer, fillers).status_code == 302
    assert db.session.query(Message).filter_by(text_key="lineup.assigned").one().to_user_id == find_user_id(
        "warrant.bb"
    )
    assert presenter.get(f"/case/show/{case.id}").status_code == 404, "the case is hidden from the presenter"
    assert presenter.get(f"/lineup/show/{pk}").status_code == 404
    assert "Read the instruction" in act(presenter, "start").text
    show_all(presenter)
    refused = act(presenter, "statement", **STATEMENT | {"words": ""})
    page = Page.from_response(refused, 422)
    assert page.by_id("words-bad").text and page.typed()["certainty"] == [STATEMENT["certainty"]]
    position = find_position(is_suspect=True)
    assert act(presenter, "statement", **STATEMENT | {"position": position}).status_code == 302
    lineup = find_lineup()
    assert (lineup.result, lineup.position, lineup.words) == ("picked", position, STATEMENT["words"])
    assert lineup.sha256 == compute_hash(lineup)
    assert [one.is_suspect for one in lineup.faces].count(True) == 1 and len(lineup.faces) == 1 + len(fillers)
    assert act(presenter, "statement", **STATEMENT).status_code == 422, "it is recorded once"
    for browser, url in ((presenter, f"/printout/lineup/shown/{pk}"), (officer, f"/printout/lineup/{pk}")):
        assert browser.get(url).data.startswith(b"%PDF")
    for unit, is_listed in (("PC-02", True), ("PC-12", False)):
        page = officer.get(f"/lineup/list/?_flt_0_unit={unit}").text
        assert (f"/lineup/show/{pk}" in page) == is_listed, unit
    shown = officer.page(f"/lineup/show/{pk}").text
    assert "Chosen by the witness" in shown and "Enter the identification" in shown
    assert officer.send(f"/lineup/enter/{pk}", {}).status_code == 302
    entered = db.session.query(InvestigationAct).one()
    assert (entered.kind, entered.officer_id) == ("lineup", find_user_id("warrant.bb"))
    assert entered.result.endswith(STATEMENT["words"]) and entered.result != STATEMENT["words"]
    assert officer.send(f"/lineup/enter/{pk}", {}).status_code == 422, "it is entered once"
    assert officer.page(f"/case/show/{case.id}").by_id("LineupView") is not None
    assert presenter.get(f"/case/show/{case.id}").status_code == 200, "the case is visible again"


def test_witness_who_chose_another_person_identifies_no_one(client_as, case):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    show_all(presenter)
    act(presenter, "statement", **STATEMENT | {"position": find_position(is_suspect=False)})
    assert "Enter the identification" not in officer.get(f"/lineup/show/{find_lineup().id}").text
    officer.send(f"/lineup/enter/{find_lineup().id}", {})
    entered = db.session.query(InvestigationAct).one()
    assert entered.result.startswith("សាក្សីបានជ្រើសរើសជនផ្សេង")


def test_act_of_a_line_up_keeps_what_the_witness_said(client_as, db_session, case, each_database):
    """Neither its author nor another officer of the case changes the act, by the page or by a program."""
    with acting_as("clerk.bb"):
        witness = Involvement(person=make_registered_person(9), role="other")
        case.involvements.append(witness)
        db_session.commit()
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb")
    prepare(officer, case, witness=witness.id)
    fix(officer, list_fillers(case))
    show_all(presenter)
    act(presenter, "statement", **STATEMENT | {"position": find_position(is_suspect=False)})
    officer.send(f"/lineup/enter/{find_lineup().id}", {})
    entered = db.session.query(InvestigationAct).one()
    said, url = entered.result, f"/investigationact/edit/{entered.id}"
    for username in ("investigator.bb", "clerk.bb"):
        browser = client_as(username, "en")
        refused = browser.send(url, {**browser.page(url).typed(), "result": "សាក្សីបានជ្រើសរើសជនសង្ស័យ"})
        assert "does not change" in Page.from_response(refused, 422).by_id("result-bad").text
        body = {"version": entered.version, "kind": "identification"}
        assert Program(browser).put(f"investigation-acts/{entered.id}", body, 422)["errors"]
    assert officer.send(url, {**officer.page(url).typed(), "helps_suspect": "y"}).status_code == 302
    db.session.expire_all()
    assert (entered.kind, entered.result, entered.helps_suspect) == ("lineup", said, True)


def make_second_account(name, of="warrant.bb"):
    """Let the account have the telephone of another one."""

    def change():
        for one in (name, of):
            find_user(one).phone = "012 345 678"

    change_as_system(change)


def test_no_account_of_the_presenter_sees_the_case_of_a_new_line_up(client_as, case, each_database):
    make_second_account("admin.bb")
    prepare(client_as("investigator.bb"), case)
    grants = db.session.query(AccessGrant).filter_by(kind=BLIND, entity_id=case.id).all()
    days = {round((one.expires_at - one.granted_at) / BLIND_DURATION, 3) for one in grants}
    assert days == {1}, "no case is hidden for good"
    assert {one.user_id for one in grants} == {find_user_id("warrant.bb"), find_user_id("admin.bb")}
    assert client_as("warrant.bb").get(f"/case/show/{case.id}").status_code == 404
    assert client_as("warrant.bb").get(f"/lineup/show/{find_lineup().id}").status_code == 404
    assert client_as("warrant.bb").get(f"/lineup/choose/{find_lineup().id}").status_code == 403


def test_the_presenter_sees_no_order_and_no_custody_of_the_case(client_as, case, each_database):
    other = add_people([8])[0]
    with acting_as("clerk.bb"):
        person = find_row(case, "suspect").person
        rows = [(CourtOrder, make_order(f"{one.id}/26", person=one, case=of_case), of_case is None)
                for one, of_case in ((person, case), (other, None))]  # fmt: skip
        rows += [
            (Arrest, make_arrest(one, of_case), of_case is None)
            for one, of_case in ((person, case), (other, None))
        ]
        rows = [(model, row.id, is_seen) for model, row, is_seen in rows]
        db.session.commit()
    presenter = find_user("warrant.bb")
    scope = build_user_scope(presenter)
    for one, is_blind in ((scope, False), (replace(scope, blind_case_ids=frozenset({case.id})), True)):
        act_as(db.session, Actor(presenter.id, presenter.unit_code, scope=one))
        for model, pk, is_seen in rows:
            for table in (model.id, model.__table__.c.id):  # the row filter, and the policy of PostgreSQL
                if table is model.id or each_database == "postgresql":
                    found = db.session.scalar(select(table).where(table == pk))
                    assert (found is not None) == (is_seen or not is_blind), (model, is_blind)
    act_as(db.session, SYSTEM)


def write_about(client_as, case):
    """Write a letter, a task, a correction and a report that name the case, and return (class, id) of each."""
    send_letter(client_as, case=case.id)
    due = (dates.now() + timedelta(days=2)).strftime("%d/%m/%Y %H:%M")
    task = {"case": case.id, "text": "សួរជនសង្ស័យ", "due_at": due, "to_user": find_user_id("investigator.bb")}
    assert client_as("chief.bb").send("/task/add", task).status_code == 302
    now, chief = dates.now(), find_user("chief.bb")

    def add():
        db.session.add(
            Correction(
                kind="void", entity="case", entity_id=case.id, case_id=case.id, province_code="02", cause="typing_error",
                reason="ខុស", letter_no="1", overrides=[], requested_at=now, due_at=now, requested_by=chief,
            )
        )  # fmt: skip

    change_as_system(add)
    return [
        (model, db.session.scalar(select(model.id))) for model in (Letter, LetterRecipient, Task, Correction)
    ]


def test_the_presenter_reads_no_letter_task_and_correction_of_the_case(client_as, case, each_database):
    rows = write_about(client_as, case)
    presenter = find_user("warrant.bb")
    scope = build_user_scope(presenter)
    for one, is_blind in ((scope, False), (replace(scope, blind_case_ids=frozenset({case.id})), True)):
        act_as(db.session, Actor(presenter.id, presenter.unit_code, scope=one))
        for model, pk in rows:
            found = db.session.scalar(select(model.id).where(model.id == pk))
            assert (found is None) == is_blind, (model, is_blind)
    act_as(db.session, SYSTEM)
    prepare(client_as("investigator.bb"), case)
    for model, pk in rows:
        if model is not LetterRecipient:
            assert client_as("warrant.bb").get(f"/{model.__tablename__}/show/{pk}").status_code == 404, model


def test_reader_of_a_letter_about_the_case_does_not_show(client_as, case, each_database):
    ((_letter, pk), *_others) = write_about(client_as, case)
    assert client_as("warrant.bb").get(f"/letter/show/{pk}").status_code == 200
    answer = prepare(client_as("investigator.bb", "en"), case)
    assert answer.status_code == 422 and "This officer knows the case" in answer.text


def make_arrest(person, case):
    """Add and flush an arrest of a person."""
    arrest = Arrest(
        person=person, case=case, at=dates.now() - timedelta(hours=1), ground="flagrant", by_unit=find_user("clerk.bb").unit
    )  # fmt: skip
    db.session.add(arrest)
    db.session.flush()
    return arrest


def open_case(client_as, case):
    """Let an account read the case that turns out to be one of the presenter."""
    client_as("chief.bb").page(f"/case/show/{case.id}")
    make_second_account("chief.bb")


def test_presenter_who_learns_of_the_case_is_refused_again(client_as, case, each_database):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb", "en")
    prepare(officer, case)
    fillers = list_fillers(case)
    assert fix(officer, fillers).status_code == 302
    open_case(client_as, case)
    refused = act(presenter, "start", instruction_read="y")
    assert refused.status_code == 422 and "can no longer be shown" in refused.text
    assert find_lineup().started_at is None
    assert act(presenter, "refused", reason="មិនអាចបង្ហាញ").status_code == 302


def test_photos_are_not_fixed_for_a_presenter_who_learned_of_the_case(client_as, case):
    officer = client_as("investigator.bb", "en")
    prepare(officer, case)
    open_case(client_as, case)
    refused = fix(officer, list_fillers(case))
    assert refused.status_code in (302, 422) and db.session.query(LineupFace).count() == 0


def test_only_an_officer_of_the_case_chooses_the_photos_and_enters_the_act(client_as, case, each_database):
    officer, other, presenter = (
        client_as("investigator.bb"),
        client_as("chief.bb", "en"),
        client_as("warrant.bb"),
    )
    prepare(officer, case)
    fillers, pk = list_fillers(case), find_lineup().id
    assert other.get(f"/lineup/choose/{pk}").status_code in (302, 403)
    fix(other, fillers)
    assert db.session.query(LineupFace).count() == 0
    assert fix(officer, fillers).status_code == 302
    show_all(presenter)
    act(presenter, "statement", **STATEMENT)
    for browser in (other, presenter):
        browser.send(f"/lineup/enter/{pk}", {})
        assert db.session.query(InvestigationAct).count() == 0
    assert officer.send(f"/lineup/enter/{pk}", {}).status_code == 302


def withdraw(row):
    row.voided_at, row.void_reason = dates.now(), "ច្រឡំ"


CHANGES = {
    "is a victim": lambda person: add_registered_case(people=[(person, "victim")]),
    "is withdrawn": lambda person: [
        withdraw(one) for one in db.session.query(Involvement).filter_by(person_id=person.id)
    ],
    "photo is withdrawn": lambda person: withdraw(person.photos[-1]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_changed_case_or_people_are_not_shown(client_as, case, change):
    officer, presenter = client_as("investigator.bb"), client_as("warrant.bb", "en")
    prepare(officer, case)
    fillers = list_fillers(case)
    fix(officer, fillers)
    with acting_as("clerk.bb"):
        change(db.session.get(Person, fillers[0]))
        db.session.commit()
    refused = act(presenter, "start", instruction_read="y")
    assert refused.status_code == 422 and "can no longer be shown" in refused.text


def test_long_statement_keeps_its_text(client_as, case):
    officer, presenter = client_as("investigator.bb"), client_as("warrant.bb", "en")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    show_all(presenter)
    lines = "ក\r\n" * 3999
    refused = act(presenter, "statement", **STATEMENT | {"words": lines + "ខចឆ" * 300})
    assert refused.status_code == 422 and "too long" in refused.text and "ខចឆ" * 300 in refused.text
    assert act(presenter, "statement", **STATEMENT | {"words": lines + "ខ"}).status_code == 302
    assert presenter.get("/lineup-session/show/99999999999").status_code in (404, 405)


def test_presenter_of_an_earlier_line_up_does_not_show_the_suspect_again(client_as, case):
    officer = client_as("investigator.bb", "en")
    prepare(officer, case)
    again = prepare(officer, case, witness__V139__reason="checked")
    assert again.status_code == 422 and "This officer knows the case" in again.text


def test_suspect_below_18_is_refused(client_as, case):
    with acting_as("clerk.bb"):
        person, year = find_row(case, "suspect").person, dates.now().year - 16
        person.born_on, person.birth_year = dates.now().date().replace(year=year), year
        db.session.commit()
    answer = prepare(client_as("investigator.bb", "en"), case)
    assert answer.status_code == 422 and "below 18 is not shown" in answer.text


def test_likely_duplicate_of_the_suspect_is_no_filler(client_as, case):
    officer = client_as("investigator.bb")
    prepare(officer, case)
    fillers, suspect = list_fillers(case), find_row(case, "suspect").person_id
    first, second = sorted((fillers[0], suspect))
    change_as_system(lambda: db.session.add(Duplicate(first_id=first, second_id=second)))
    assert f'value="{fillers[0]}"' not in officer.get(f"/lineup/choose/{find_lineup().id}").text
    assert fix(officer, fillers).status_code == 422
    assert fix(officer, fillers[1:]).status_code == 302


def test_pages_of_the_presenter_name_no_one(client_as, case):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb", "en")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    lineup, names = find_lineup(), ("កែវ", "Keo", "វិចិត្រ", "ម៉ៅ")
    hidden = (*names, *(one.sha256 for one in lineup.faces))
    show_all(presenter)
    for url in (f"/lineup-session/show/{lineup.id}", "/lineup-session/"):
        assert not [one for one in hidden if one in presenter.get(url).text]
    last = len(lineup.faces)
    photo = presenter.get(f"/lineup-session/face/{lineup.id}/{last}")
    assert photo.status_code == 200 and "ETag" not in photo.headers and "Last-Modified" not in photo.headers
    assert photo.headers["Content-Disposition"].endswith(f"lineup-{lineup.id}-{last}.jpg")
    assert presenter.get(f"/lineup-session/face/{lineup.id}/1").status_code == 404, "one photo at a time"
    assert client_as("clerk.bb").get(f"/lineup-session/face/{lineup.id}/{last}").status_code == 404
    feed = presenter.get("/api/v1/changes/?page_size=100").text
    assert not [one for one in names if one in feed]


@pytest.mark.parametrize("presenter", ["investigator.bb", "clerk.bb", "chief.bb"])
def test_officer_who_knows_the_case_does_not_show(client_as, case, presenter):
    answer = prepare(client_as("investigator.bb", "en"), case, presenter)
    assert answer.status_code == 422 and "This officer knows the case" in answer.text


def test_a_chief_of_the_case_does_not_show(client_as, case):
    chief = db.session.scalars(select(Role).where(Role.name == CHIEF_ROLE)).one()

    def promote():
        officer = find_user("warrant.bb")
        officer.roles = [*officer.roles, chief]

    change_as_system(promote)
    answer = prepare(client_as("investigator.bb", "en"), case)
    assert answer.status_code == 422 and "This officer knows the case" in answer.text
    assert not db.session.query(AccessGrant).filter_by(kind=BLIND).count(), (
        "the case stays visible to its chief"
    )


def test_officer_who_opened_the_case_does_not_show(client_as, case):
    client_as("warrant.bb").page(f"/case/show/{case.id}")
    assert prepare(client_as("investigator.bb"), case).status_code == 422


def test_only_an_officer_of_the_case_prepares(client_as, case):
    assert prepare(client_as("clerk.bb", "en"), case).status_code == 302, "who registered the case"
    with acting_as("chief.bb"):
        (one,) = db.session.query(CaseAssignment).all()
        one.until, one.closing_reason = dates.now().date(), "ផ្លាស់"
        db.session.commit()
    former = client_as("investigator.bb", "en")
    answer = prepare(former, case)
    assert answer.status_code == 422 and "Only an officer of the case" in answer.text
    page = former.get(f"/lineup/choose/{find_lineup().id}", follow_redirects=True)
    assert page.status_code == 200 and "Only an officer of the case" in page.text


@pytest.mark.parametrize("over", [{"first_description": ""}, {"suspect": "witness"}, {"witness": "suspect"}])
def test_incomplete_line_up_is_refused(client_as, case, over):
    over = {name: find_row(case, value).id if value else value for name, value in over.items()}
    assert prepare(client_as("investigator.bb"), case, **over).status_code == 422


def test_five_faces_are_refused(client_as, case):
    officer = client_as("investigator.bb", "en")
    prepare(officer, case)
    fillers = list_fillers(case)
    five = fix(officer, fillers[:4])
    assert five.status_code == 422 and "at least 5 photos" in five.text
    for people in (fillers[:5] + [find_row(case, "suspect").person_id], fillers[:5] + fillers[:1]):
        again = fix(officer, people)
        assert again.status_code in (409, 422), "the suspect or another person twice"
    assert db.session.query(LineupFace).count() == 0
    assert fix(officer, fillers[:5]).status_code == 302
    assert fix(officer, fillers[:5]).status_code == 422, "the photos are fixed"


def test_protected_people_children_and_people_outside_are_no_fillers(client_as, case, each_database):
    victims = add_people(range(17, 21), role="victim")
    assert any(is_proposed_at_all(one.id) for one in victims)
    (child,) = add_people([21])
    outside = add_people([22], writer="clerk.pp", place="120101")
    with acting_as("clerk.bb"):
        child.born_on, child.birth_year = (
            dates.now().date().replace(year=dates.now().year - 16),
            dates.now().year - 16,
        )
        db.session.commit()
    barred = [one.id for one in (*victims, child, *outside)]
    officer = client_as("investigator.bb", "en")
    prepare(officer, case)
    page, allowed = officer.get(f"/lineup/choose/{find_lineup().id}").text, list_fillers(case)
    for one in barred:
        assert f'value="{one}"' not in page
        people = [other for other in allowed if other not in barred][:5] + [one]
        answer = fix(officer, people)
        assert answer.status_code == 422, one
    assert db.session.query(LineupFace).count() == 0


def test_protected_person_is_missing_like_half_of_all_people(client_as, case, each_database):
    """A witness whom the officer knows as a suspect of another case: the proposal does not say who is protected."""
    people = add_people(range(17, 24))
    witness = next(one for one in people if is_proposed_at_all(one.id))
    with acting_as("clerk.pp"):
        add_registered_case("120101", [(witness, "witness")])
        db.session.commit()
    photos = set(db.session.scalars(select(PersonPhoto.person_id)))
    missing = next(
        one for one in photos if not is_proposed_at_all(one) and one != find_row(case, "suspect").person_id
    )
    officer = client_as("investigator.bb", "en")
    prepare(officer, case)
    pk = find_lineup().id
    page, allowed = (
        officer.get(f"/lineup/choose/{pk}").text,
        [one for one in list_fillers(case) if one != witness.id],
    )
    assert f'value="{allowed[0]}"' in page
    for one in (witness.id, missing, 999_999):
        assert f'value="{one}"' not in page
        refused = fix(officer, [*allowed[:5], one])
        assert refused.status_code == 422 and "may not be in this line-up" in refused.text
    assert fix(officer, allowed[:5]).status_code == 302


def test_half_of_all_people_is_proposed_and_stays_the_same(db_session):
    proposed = [is_proposed_at_all(one) for one in range(2000)]
    assert 900 < sum(proposed) < 1100
    assert proposed == [is_proposed_at_all(one) for one in range(2000)]


def test_refused_line_up_has_a_reason(client_as, case):
    officer, presenter = client_as("investigator.bb"), client_as("warrant.bb", "en")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    assert act(presenter, "refused").status_code == 422
    assert act(presenter, "refused", reason="សាក្សីមិនព្រម").status_code == 302
    assert find_lineup().state == "ended" and find_lineup().started_at is None
    assert act(presenter, "start", instruction_read="y").status_code == 422
    assert presenter.get(f"/case/show/{case.id}").status_code == 200


def test_witness_who_saw_the_suspect_is_warned(client_as, case):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    act(presenter, "start", instruction_read="y")
    act(presenter, "aborted", reason="ភ្លើងដាច់")
    again = prepare(officer, case, "warrant.pp")
    assert again.status_code == 422 and "has seen photos of this suspect" in again.text
    again = prepare(officer, case, "warrant.pp", witness__V139__reason="checked")
    assert again.status_code == 302


def test_line_up_does_not_change_after_its_photos_were_shown(client_as, case, each_database):
    officer, presenter = client_as("investigator.bb", "en"), client_as("warrant.bb")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    show_all(presenter)
    refused = officer.send(f"/lineup/withdraw/{find_lineup().id}", {"reason": "ខុស"})
    assert refused.status_code == 422
    act(presenter, "statement", **STATEMENT)
    lineup, face, event = Lineup.__table__, LineupFace.__table__, LineupEvent.__table__
    for table, values in (
        (lineup, {"words": "ផ្សេង"}), (lineup, {"result": "none"}), (lineup, {"mode": "simultaneous"}), (lineup, {"seed": 1}),
        (lineup, {"voided_at": dates.now(), "void_reason": "ខុស"}), (face, {"is_suspect": True}), (event, {"position": 1}),
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="lock"):
            change_as_system(
                lambda table=table, values=values: db.session.execute(table.update().values(values))
            )
        db.session.rollback()
    shown = [one.position for one in find_lineup().events if one.kind == "shown"]
    assert shown == list(range(1, len(find_lineup().faces) + 1))
    assert order_faces(find_lineup()) == order_faces(find_lineup())


def test_author_withdraws_a_line_up_before_it_is_shown(client_as, case):
    officer, presenter = client_as("investigator.bb"), client_as("warrant.bb")
    prepare(officer, case)
    fix(officer, list_fillers(case))
    assert officer.send(f"/lineup/withdraw/{find_lineup().id}", {"reason": "ខុស"}).status_code == 302
    assert presenter.get(f"/lineup-session/show/{find_lineup().id}").status_code == 404
    assert presenter.get(f"/case/show/{case.id}").status_code == 200


def test_the_officer_in_charge_cancels_a_prepared_line_up_with_a_reason(client_as, case, each_database):
    author, lead, presenter = (
        client_as("clerk.bb"),
        client_as("investigator.bb", "en"),
        client_as("warrant.bb"),
    )
    prepare(author, case)
    assert fix(author, list_fillers(case)).status_code == 302
    pk = find_lineup().id
    assert presenter.send(f"/lineup/cancel/{pk}", {"reason": "ខុស"}).status_code == 404
    refused = lead.send(f"/lineup/cancel/{pk}", {"reason": " "})
    assert refused.status_code == 422 and "Enter why the line-up is cancelled" in refused.text
    assert lead.send(f"/lineup/cancel/{pk}", {"reason": "សាក្សីឈឺ"}).status_code == 302
    lineup = find_lineup()
    assert (lineup.state, lineup.result, lineup.reason) == ("ended", "cancelled", "សាក្សីឈឺ")
    assert [one.made_by_id for one in lineup.events] == [find_user_id("investigator.bb")]
    assert presenter.get(f"/case/show/{case.id}").status_code == 200, "the case is shown again"
    assert act(presenter, "start", instruction_read="y").status_code == 422
    assert lead.send(f"/lineup/cancel/{pk}", {"reason": "ម្តងទៀត"}).status_code == 422


def test_a_line_up_is_not_cancelled_once_its_photos_are_shown(client_as, case):
    lead = client_as("investigator.bb", "en")
    prepare(lead, case)
    fix(lead, list_fillers(case))
    act(client_as("warrant.bb"), "start", instruction_read="y")
    refused = lead.send(f"/lineup/cancel/{find_lineup().id}", {"reason": "ខុស"})
    assert refused.status_code == 422 and "before its photos are shown" in refused.text


def test_an_officer_is_not_named_again_and_again(client_as, case):
    lead = client_as("investigator.bb", "en")

    def list_alarms():
        keys = db.session.query(Message).filter_by(text_key="lineup.named_again").order_by(Message.id)
        return [(one.to_role, one.to_unit_code) for one in keys]

    prepare(lead, case)
    assert not list_alarms()
    lead.send(f"/lineup/withdraw/{find_lineup().id}", {"reason": "ខុស"})
    assert prepare(lead, case).status_code == 302
    assert list_alarms() == [("Provincial chief", "PC-02"), ("Auditor", None)]
    assert lead.send(f"/lineup/cancel/{find_lineup().id}", {"reason": "ខុស"}).status_code == 302
    refused = prepare(lead, case)
    assert refused.status_code == 422 and "was named for this case 2 times" in refused.text
    assert client_as("warrant.bb").get(f"/case/show/{case.id}").status_code == 200
    assert prepare(lead, case, "warrant.pp").status_code == 302
