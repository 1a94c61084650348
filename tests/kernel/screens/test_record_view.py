"""Lists and forms made from fields, and the traps of FAB that are closed in them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import String, select, text, update

from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.display import NOTHING
from app.kernel.schema.fields import declared
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.people.models import Person
from tests.crawling import pages
from tests.html_pages import Page
from tests.locked_records import take_the_locks_off
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">'">{{7*7}}</textarea>"""


@pytest.fixture
def person(db_session):
    """A registered person of Battambang."""
    with written_by("clerk.bb"):
        one = with_photo(a_registered_person())
        a_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


@pytest.fixture
def people(register, db_session):
    """Sixty registered people of one case, with thirty different names."""
    register.as_left_by(sixty_people)


def sixty_people():
    with written_by("clerk.bb"):
        involved = [
            (a_registered_person(number, given_km="ដារ៉ា" + "កខគឃង"[number % 5]), "suspect")
            for number in range(60)
        ]
        a_registered_case(people=involved)
        db.session.commit()


def typed(page):
    """What a browser would send back of the form on that page."""
    return {
        name: values[0]
        for name, values in page.typed().items()
        if not name.startswith("_flt") and name != "q"
    }


def edit(browser, url, **changes):
    form = typed(browser.page(url)) | changes
    return browser.send(
        url, {name: value for name, value in form.items() if value is not None and name != "csrf_token"}
    )


def named(page):
    """The names in the rows of a list."""
    return [cell.text for cell in page.all("td", css="lead")]


# Saving


def test_a_change_is_saved_with_its_trace(clerk, db_session, person, each_database):
    answer = edit(clerk, f"/person/edit/{person.id}", given_km="វណ្ណា")
    assert answer.status_code == 302 and answer.location == f"/person/show/{person.id}"
    assert (person.given_km, person.name, person.version) == ("វណ្ណា", "សុខ វណ្ណា", 2)
    trace = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "change")).one()
    assert (trace.entity, trace.entity_id) == ("person", person.id)
    assert trace.changes["given_km"] == ["ដារ៉ា", "វណ្ណា"]
    assert trace.actor_id == person.changed_by_id


def test_a_refused_change_keeps_the_form_and_is_no_redirect(clerk, db_session, person, each_database):
    answer = edit(clerk, f"/person/edit/{person.id}", given_km="Dara", father_name="សុខ ថ្មី")
    page = Page.of(answer, 422)
    assert typed(page)["given_km"] == "Dara" and typed(page)["father_name"] == "សុខ ថ្មី"
    assert [rule for _text, rule, _kind in page.said_at("given_km")] == ["V031"]
    assert (person.given_km, person.version) == ("ដារ៉ា", 1)


def test_a_refused_change_is_not_saved_by_the_next_save(clerk, db_session, person, each_database):
    edit(clerk, f"/person/edit/{person.id}", given_km="Dara", father_name="សុខ ថ្មី")
    edit(clerk, f"/personname/edit/{person.names[0].id}", text_km="ឈ្មោះថ្មី")
    clerk.get("/lang/en")  # commits
    assert (person.given_km, person.father_name) == ("ដារ៉ា", "សុខ សំណាង")
    assert person.names[0].text_km == "ឈ្មោះថ្មី"


def test_a_record_that_the_database_refuses_keeps_the_form(client_as, db_session, each_database):
    twg = client_as("twg")
    form = {"code": "PC-02", "name_km": "ស្នងការដ្ឋានថ្មី", "name_en": "New", "kind": "post"}
    page = Page.of(twg.send("/unit/add", form), 409)
    assert typed(page)["name_km"] == "ស្នងការដ្ឋានថ្មី"
    assert page.all(role="alert")


def test_what_two_clerks_change_at_once_is_told_to_the_second(
    clerk, client_as, db_session, person, each_database
):
    url = f"/person/edit/{person.id}"
    first, second = typed(clerk.page(url)), typed(client_as("investigator.bb").page(url))
    first.pop("csrf_token"), second.pop("csrf_token")
    assert clerk.send(url, first | {"given_km": "វណ្ណា"}).status_code == 302
    answer = client_as("investigator.bb").send(url, second | {"given_km": "ពិសិដ្ឋ"})
    assert typed(Page.of(answer, 409))["given_km"] == "ពិសិដ្ឋ"
    assert person.given_km == "វណ្ណា"


def test_a_save_that_loses_the_race_to_another_is_refused(clerk, db_session, person, each_database):
    """The other one commits between our reading and our writing: the version in the WHERE finds no row."""
    with db.engine.begin() as connection:
        connection.execute(update(Person).where(Person.id == person.id).values(version=7))
    answer = edit(clerk, f"/person/edit/{person.id}", version="7", given_km="វណ្ណា")
    assert answer.status_code == 302  # the version of the page was the right one
    assert clerk.send(f"/person/edit/{person.id}", {"version": "7", "given_km": "ថា"}).status_code == 409


def test_a_post_of_a_part_empties_nothing(clerk, db_session, person):
    answer = clerk.send(f"/person/edit/{person.id}", {"version": "1", "phone": "012345678", "sex": "M"})
    assert answer.status_code == 302, Page(answer.text).text
    assert (person.phone, person.given_km, person.father_name) == ("012345678", "ដារ៉ា", "សុខ សំណាង")


def test_extra_boxes_forge_nothing(clerk, db_session, person):
    forged = {
        "id": "99",
        "recorded_by_id": "1",
        "unit_code": "GCNP",
        "name_sort": "x",
        "recorded_at": "01-01-2000",
        "origin": "x",
    }
    assert edit(clerk, f"/person/edit/{person.id}", **forged).status_code == 302
    assert (person.unit_code, person.origin) == ("PC-02", None)
    assert person.recorded_at > dates.now() - timedelta(hours=1)


def test_the_form_of_a_change_says_whose_it_is(clerk, client_as, person):
    url = f"/person/edit/{person.id}"
    refused = edit(clerk, url, father_name="ក" * 300)
    assert refused.status_code == 422
    for page in (clerk.page(url), Page(refused.text)):
        assert person.name_km in page.all("p", css="sub")[0].text
    law = client_as("twg").page("/law/edit/PC2009")
    assert law.all("p", css="sub")[0].text == "ក្រមព្រហ្មទណ្ឌ ឆ្នាំ២០០៩"


def test_how_long_a_text_may_be_is_told_in_the_digits_of_the_reader(clerk, person):
    page = Page.of(edit(clerk, f"/person/edit/{person.id}", father_name="ក" * 161), 422)
    assert "មិនឱ្យលើស ១៦០ តួអក្សរ" in page.said_at("father_name")[0][0]


def test_a_retired_code_stays_where_it_is_and_cannot_be_chosen_anew(clerk, client_as, db_session, person):
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    assert edit(client_as("twg"), f"/code/edit/{code}", valid_to="01-01-2020").status_code == 302
    name = person.names[0].id
    shown = clerk.page(f"/personname/edit/{name}")
    assert typed(shown)["kind"] == "alias"
    assert edit(clerk, f"/personname/edit/{name}", text_km="ដារ៉ាធំ").status_code == 302
    new = {"person": str(person.id), "kind": "alias", "text_km": "ដារ៉ាធំ"}
    assert clerk.send("/personname/add", new).status_code == 422


@pytest.mark.parametrize("spelt", ["ដា\u200bរ៉ា", "\u2060ដារ៉ា", " ដារ៉ា  ", "ដារ\u17b6៉"])
def test_text_is_kept_in_its_normal_form(clerk, db_session, person, spelt):
    assert edit(clerk, f"/person/edit/{person.id}", given_km=spelt).status_code == 302
    assert person.given_km == "ដារ៉ា"


@pytest.mark.parametrize("spelt", ["ដា\x00រ៉ា", "ដា\u202eរ៉ា", "ដា\x07រ៉ា"])
def test_text_that_cannot_be_kept_is_refused_with_a_sentence(clerk, db_session, person, spelt):
    page = Page.of(edit(clerk, f"/person/edit/{person.id}", given_km=spelt), 422)
    assert page.said_at("given_km")
    assert person.version == 1


def test_only_blanks_are_nothing(clerk, db_session, person):
    page = Page.of(edit(clerk, f"/personmark/edit/{person.marks[0].id}", text="  \u200b "), 422)
    assert page.said_at("text")
    assert edit(clerk, f"/person/edit/{person.id}", father_name=" \u00a0").status_code == 302
    assert person.father_name is None


# Lists


def test_a_list_begins_with_twenty_five_and_goes_on_by_key(clerk, people, each_database):
    seen, url = [], "/person/list/"
    while url:
        page = clerk.page(url)
        seen.append(list(page.all("tr", data_row=True)))
        url = next((a["href"] for a in page.all("a", href=True) if "after_PersonView" in a["href"]), None)
    assert [len(rows) for rows in seen] == [25, 25, 10]
    links = [row.all("a", href=True)[0]["href"] for rows in seen for row in rows]
    assert len(set(links)) == 60


def test_pages_backwards_show_the_same_rows(clerk, people, each_database):
    first = clerk.page("/person/list/")
    second = clerk.page(next(a["href"] for a in first.all("a", href=True) if "after_PersonView" in a["href"]))
    back = clerk.page(next(a["href"] for a in second.all("a", href=True) if "before_PersonView" in a["href"]))
    assert named(back) == named(first)
    last = clerk.page("/person/list/?end_PersonView=1")
    assert len(named(last)) == 25 and named(last)[-1] >= named(first)[0]


def test_names_are_in_the_order_of_a_khmer_dictionary(clerk, people):
    page = clerk.page("/person/list/?psize_PersonView=100")
    firsts = [name.split()[1][-1] for name in named(page)]
    assert firsts == sorted(firsts) and set(firsts) == set("កខគឃង")


def test_a_page_has_a_hundred_rows_at_most(clerk, db_session, people):
    assert len(named(clerk.page("/person/list/?psize_PersonView=100000000"))) == 60
    many = clerk.page("/place/list/?psize_PlaceView=100000000")
    assert len(named(many)) == 100


@pytest.mark.parametrize(
    "query",
    [
        "page_PersonView=abc", "page_PersonView=-1", "page_PersonView=99999999999", "psize_PersonView=abc",
        "psize_PersonView=-1", "_oc_PersonView=nosuchcolumn", "_oc_PersonView=created_by.password",
        "_oc_PersonView=national_id", "_oc_PersonView=name&_od_PersonView=sideways", "after_PersonView=abc",
        "after_PersonView=WzEsMl0=", "before_PersonView=%00", "_flt_0_nosuchcolumn=1", "_flt_99_sex=M",
        "_flt_0_sex=nosuchcode", "_flt_0_birth_year=abc", "_flt_0_birth_year=99999999999999999999",
        "_flt_0_surname_km=%00", "_flt_abc_sex=M", "_flt_0_name_sort=a", "slip=nosuchslip",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_of_a_list_is_told_and_is_no_fault(clerk, people, query, each_database):
    answer = clerk.get(f"/person/list/?{query}")
    assert answer.status_code in (400, 404), answer.status_code
    assert "Traceback" not in answer.text and "SELECT" not in answer.text


@pytest.mark.parametrize(
    "key", ["abc", "-1", "0", "99999999999999999999", "1e400", "1%00", "%F0%9F%90%98", "1/2"]
)
def test_a_key_that_is_none_is_not_found(clerk, key, each_database):
    for screen in ("case/show", "person/edit", "place/show", "code/show"):
        assert clerk.get(f"/{screen}/{key}").status_code in (404, 403), screen


@pytest.mark.parametrize("act", ["action/anything/1", "delete/1", "download/config.py"])
def test_acts_of_fab_that_nobody_offers_are_not_there(clerk, client_as, act, person):
    for screen in ("person", "case", "code", "users", "roles"):
        for browser in (clerk, client_as("admin")):
            assert browser.get(f"/{screen}/{act}").status_code == 404
            assert browser.send(f"/{screen}/{act}").status_code == 404


def test_a_search_for_a_name_does_not_stand_in_the_address(clerk, client_as, people):
    answer = clerk.send("/person/search", {"_flt_0_given_km": "ដារ៉ាក", "_flt_0_sex": "M"})
    assert answer.status_code == 302
    assert (
        "ដារ" not in answer.location and "%E1%9E" not in answer.location and "_flt_0_sex=M" in answer.location
    )
    page = clerk.page(answer.location)
    assert len(named(page)) == 12
    assert client_as("investigator.bb").get(answer.location).status_code == 404  # one's own slip alone


def test_no_thread_sees_the_filter_of_another(client_as, people):
    def asked(letter):
        browser = client_as("clerk.bb")
        address = browser.send("/person/search", {"_flt_0_given_km": f"ដារ៉ា{letter}"}).location
        return [(letter, name) for _time in range(6) for name in named(browser.page(address))]

    with ThreadPoolExecutor(5) as clerks:
        found = [pair for answers in clerks.map(asked, "កខគឃង") for pair in answers]
    assert len(found) == 5 * 6 * 12
    assert not [pair for pair in found if not pair[1].split()[1].endswith(pair[0])]


def test_a_link_is_filtered_by_the_area_it_lies_in(clerk, people):
    page = clerk.page("/case/list/?_flt_0_status=open")
    assert len(page.all("tr", data_row=True)) == 1


# Hostile text


@pytest.mark.slow
def test_hostile_text_in_every_column_is_shown_as_text(app, clerk, client_as, db_session, person):
    with db.engine.begin() as connection:  # below the normaliser, as a faulty import might
        take_the_locks_off(connection)
        for table in db.metadata.sorted_tables:
            model = next((m.class_ for m in Record.registry.mappers if m.local_table is table), None)
            if model is None or not declared(model):
                continue
            hostile = {
                column.name: HOSTILE[: column.type.length]
                for column in table.columns
                if isinstance(column.type, String)
                and not column.foreign_keys
                and not column.primary_key
                and not column.unique
                and not declared(model).get(column.key, NOTHING).codes
                and column.name
                not in ("sha256", "mime", "list", "key", "draft_token", "area", "families", "number")
                and not column.name.endswith("_code")
            }
            if hostile and table.name != "place":
                connection.execute(table.update().values(hostile))
        connection.execute(text("UPDATE version SET count = count + 1"))
    raw = ("<script>alert(1)", "<img src=x")
    asked = 0
    for browser in (clerk, client_as("twg"), client_as("clerk.bb", "en")):
        for url in pages(app, db_session):
            answer = browser.get(url)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                asked += "&lt;script&gt;alert" in answer.text
                assert not any(one in answer.text for one in raw), url
                assert "49</textarea>" not in answer.text
        # The parts that only a search shows.
        assert "<script>alert(1)" not in browser.send("/find/", {"q": "<script>alert(1)</script>"}).text
    assert asked > 30
