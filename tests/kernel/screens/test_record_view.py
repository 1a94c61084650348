"""Lists and forms generated from fields, and the gaps of FAB that they close."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import String, select, text, update

from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.display import NO_FIELD
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.people.models import Person
from tests import nightly
from tests.crawling import find_pages
from tests.html_pages import Page
from tests.locked_records import drop_lock_triggers
from tests.prepared import prepared
from tests.role_pages import is_asked_by
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">'">{{7*7}}</textarea>"""


@prepared
def person(db_session):
    """A registered person of Battambang."""
    with acting_as("clerk.bb"):
        one = add_photo(make_registered_person())
        add_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


def test_each_record_with_a_page_has_words(app):
    views = (one for one in app.extensions["appbuilder"].baseviews if isinstance(one, RecordView))
    models = {view.datamodel.obj for view in views}
    assert {model.__name__ for model in models if model.__str__ is object.__str__} == set()


@pytest.fixture
def people(register, db_session):
    """Sixty registered people of one case; groups of them share a name."""
    register.as_left_by(create_sixty_people)


def create_sixty_people():
    with acting_as("clerk.bb"):
        involved = [
            (make_registered_person(number, given_km="ដារ៉ា" + "កខគឃង"[number % 5]), "suspect")
            for number in range(60)
        ]
        add_registered_case(people=involved)
        db.session.commit()


def form_values(page):
    """Return what a browser would send for the form on that page."""
    return {
        name: values[0]
        for name, values in page.typed().items()
        if not name.startswith("_flt") and name != "q"
    }


def submit_edit(browser, url, **changes):
    form = form_values(browser.page(url)) | changes
    return browser.send(
        url, {name: value for name, value in form.items() if value is not None and name != "csrf_token"}
    )


def listed_names(page):
    """Return the names in the rows of a list."""
    return [cell.text for cell in page.all("td", css="lead")]


# Saving


def test_edit_is_saved_with_audit_event(clerk, db_session, person, each_database):
    answer = submit_edit(clerk, f"/person/edit/{person.id}", given_km="វណ្ណា")
    assert answer.status_code == 302 and answer.location == f"/person/show/{person.id}"
    assert (person.given_km, person.name, person.version) == ("វណ្ណា", "សុខ វណ្ណា", 2)
    event = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "record.changed")).one()
    assert (event.entity, event.entity_id) == ("person", person.id)
    assert event.changes["given_km"] == ["ដារ៉ា", "វណ្ណា"]
    assert event.actor_id == person.changed_by_id


def test_rejected_edit_keeps_form_without_redirect(clerk, db_session, person, each_database):
    answer = submit_edit(clerk, f"/person/edit/{person.id}", given_km="Dara", father_name="សុខ ថ្មី")
    page = Page.from_response(answer, 422)
    assert form_values(page)["given_km"] == "Dara" and form_values(page)["father_name"] == "សុខ ថ្មី"
    assert [rule for _text, rule, _kind in page.get_messages("given_km")] == ["V031"]
    assert (person.given_km, person.version) == ("ដារ៉ា", 1)


def test_rejected_edit_is_not_saved_by_next_save(clerk, db_session, person, each_database):
    submit_edit(clerk, f"/person/edit/{person.id}", given_km="Dara", father_name="សុខ ថ្មី")
    submit_edit(clerk, f"/personname/edit/{person.names[0].id}", text_km="ឈ្មោះថ្មី")
    clerk.get("/lang/en")  # commits
    assert (person.given_km, person.father_name) == ("ដារ៉ា", "សុខ សំណាង")
    assert person.names[0].text_km == "ឈ្មោះថ្មី"


def test_database_error_keeps_form(client_as, db_session, each_database):
    twg = client_as("twg")
    form = {"code": "PC-02", "name_km": "ស្នងការដ្ឋានថ្មី", "name_en": "New", "kind": "post"}
    page = Page.from_response(twg.send("/unit/add", form), 409)
    assert form_values(page)["name_km"] == "ស្នងការដ្ឋានថ្មី"
    assert page.all(role="alert")


def test_conflicting_edit_is_shown_to_second_user(clerk, client_as, db_session, person, each_database):
    url = f"/person/edit/{person.id}"
    first, second = form_values(clerk.page(url)), form_values(client_as("investigator.bb").page(url))
    first.pop("csrf_token"), second.pop("csrf_token")
    assert clerk.send(url, first | {"given_km": "វណ្ណា"}).status_code == 302
    answer = client_as("investigator.bb").send(url, second | {"given_km": "ពិសិដ្ឋ"})
    assert form_values(Page.from_response(answer, 409))["given_km"] == "ពិសិដ្ឋ"
    assert person.given_km == "វណ្ណា"


def test_edit_with_stale_version_returns_409(clerk, db_session, person, each_database):
    """Another user commits between our read and our write: the version in the WHERE clause matches no row."""
    with db.engine.begin() as connection:
        connection.execute(update(Person).where(Person.id == person.id).values(version=7))
    answer = submit_edit(clerk, f"/person/edit/{person.id}", version="7", given_km="វណ្ណា")
    assert answer.status_code == 302  # the version of the page was current
    assert clerk.send(f"/person/edit/{person.id}", {"version": "7", "given_km": "ថា"}).status_code == 409


def test_partial_post_clears_no_fields(clerk, db_session, person):
    answer = clerk.send(f"/person/edit/{person.id}", {"version": "1", "phone": "012345678", "sex": "M"})
    assert answer.status_code == 302, Page(answer.text).text
    assert (person.phone, person.given_km, person.father_name) == ("012345678", "ដារ៉ា", "សុខ សំណាង")


def test_extra_fields_change_nothing(clerk, db_session, person):
    forged = {
        "id": "99",
        "recorded_by_id": "1",
        "unit_code": "GCNP",
        "name_sort": "x",
        "recorded_at": "01-01-2000",
        "origin": "x",
    }
    assert submit_edit(clerk, f"/person/edit/{person.id}", **forged).status_code == 302
    assert (person.unit_code, person.origin) == ("PC-02", None)
    assert person.recorded_at > dates.now() - timedelta(hours=1)


def test_edit_page_shows_record_name(clerk, client_as, person):
    url = f"/person/edit/{person.id}"
    refused = submit_edit(clerk, url, father_name="ក" * 300)
    assert refused.status_code == 422
    for page in (clerk.page(url), Page(refused.text)):
        assert person.name_km in page.all("p", css="sub")[0].text
    law = client_as("twg").page("/law/edit/PC2009")
    assert law.all("p", css="sub")[0].text == "ក្រមព្រហ្មទណ្ឌ ឆ្នាំ២០០៩"


def test_length_error_uses_reader_digits(clerk, person):
    page = Page.from_response(submit_edit(clerk, f"/person/edit/{person.id}", father_name="ក" * 161), 422)
    assert "មិនឱ្យលើស ១៦០ តួអក្សរ" in page.get_messages("father_name")[0][0]


def test_retired_code_stays_but_cannot_be_chosen(clerk, client_as, db_session, person):
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    assert submit_edit(client_as("twg"), f"/code/edit/{code}", valid_to="01-01-2020").status_code == 302
    name = person.names[0].id
    shown = clerk.page(f"/personname/edit/{name}")
    assert form_values(shown)["kind"] == "alias"
    assert submit_edit(clerk, f"/personname/edit/{name}", text_km="ដារ៉ាធំ").status_code == 302
    new = {"person": str(person.id), "kind": "alias", "text_km": "ដារ៉ាធំ"}
    assert clerk.send("/personname/add", new).status_code == 422


@pytest.mark.parametrize("spelt", ["ដា\u200bរ៉ា", "\u2060ដារ៉ា", " ដារ៉ា  ", "ដារ\u17b6៉"])
def test_text_is_saved_normalized(clerk, db_session, person, spelt):
    assert submit_edit(clerk, f"/person/edit/{person.id}", given_km=spelt).status_code == 302
    assert person.given_km == "ដារ៉ា"


@pytest.mark.parametrize("spelt", ["ដា\x00រ៉ា", "ដា\u202eរ៉ា", "ដា\x07រ៉ា"])
def test_invalid_characters_are_rejected_with_message(clerk, db_session, person, spelt):
    page = Page.from_response(submit_edit(clerk, f"/person/edit/{person.id}", given_km=spelt), 422)
    assert page.get_messages("given_km")
    assert person.version == 1


def test_blank_text_counts_as_empty(clerk, db_session, person):
    page = Page.from_response(
        submit_edit(clerk, f"/personmark/edit/{person.marks[0].id}", text="  \u200b "), 422
    )
    assert page.get_messages("text")
    assert submit_edit(clerk, f"/person/edit/{person.id}", father_name=" \u00a0").status_code == 302
    assert person.father_name is None


# Lists


def test_list_has_pages_of_25_by_key(clerk, people, each_database):
    seen, url = [], "/person/list/"
    while url:
        page = clerk.page(url)
        seen.append(list(page.all("tr", data_row=True)))
        url = next((a["href"] for a in page.all("a", href=True) if "after_PersonView" in a["href"]), None)
    assert [len(rows) for rows in seen] == [25, 25, 10]
    links = [row.all("a", href=True)[0]["href"] for rows in seen for row in rows]
    assert len(set(links)) == 60


def test_previous_page_shows_same_rows(clerk, people, each_database):
    first = clerk.page("/person/list/")
    second = clerk.page(next(a["href"] for a in first.all("a", href=True) if "after_PersonView" in a["href"]))
    back = clerk.page(next(a["href"] for a in second.all("a", href=True) if "before_PersonView" in a["href"]))
    assert listed_names(back) == listed_names(first)
    last = clerk.page("/person/list/?end_PersonView=1")
    assert len(listed_names(last)) == 25 and listed_names(last)[-1] >= listed_names(first)[0]


def test_list_sorts_names_in_khmer_dictionary_order(clerk, people):
    page = clerk.page("/person/list/?psize_PersonView=100")
    firsts = [name.split()[1][-1] for name in listed_names(page)]
    assert firsts == sorted(firsts) and set(firsts) == set("កខគឃង")


def test_page_size_is_limited_to_100(clerk, db_session, people):
    assert len(listed_names(clerk.page("/person/list/?psize_PersonView=100000000"))) == 60
    places = clerk.page("/place/list/?psize_PlaceView=100000000")
    assert len(listed_names(places)) == 100


INVALID_QUERIES = (
    "page_PersonView=abc", "page_PersonView=-1", "page_PersonView=99999999999", "psize_PersonView=abc",
    "psize_PersonView=-1", "_oc_PersonView=nosuchcolumn", "_oc_PersonView=created_by.password",
    "_oc_PersonView=national_id", "_oc_PersonView=name&_od_PersonView=sideways", "after_PersonView=abc",
    "after_PersonView=WzEsMl0=", "before_PersonView=%00", "_flt_0_nosuchcolumn=1", "_flt_99_sex=M",
    "_flt_0_sex=nosuchcode", "_flt_0_birth_year=abc", "_flt_0_birth_year=99999999999999999999",
    "_flt_0_surname_km=%00", "_flt_abc_sex=M", "_flt_0_name_sort=a", "search=nosuchtoken",
)  # fmt: skip
INVALID_KEYS = ("abc", "-1", "0", "99999999999999999999", "1e400", "1%00", "%F0%9F%90%98", "1/2")


def test_invalid_list_url_returns_400_or_404(clerk, people, each_database):
    for query in INVALID_QUERIES:
        answer = clerk.get(f"/person/list/?{query}")
        assert answer.status_code in (400, 404), query
        assert "Traceback" not in answer.text and "SELECT" not in answer.text, query


def test_invalid_key_returns_404(clerk, each_database):
    for key in INVALID_KEYS:
        for screen in ("case/show", "person/edit", "place/show", "code/show"):
            assert clerk.get(f"/{screen}/{key}").status_code in (404, 403), (screen, key)


@pytest.mark.parametrize("act", ["action/anything/1", "delete/1", "download/config.py"])
def test_unused_fab_actions_return_404(clerk, client_as, act, person):
    for screen in ("person", "case", "code", "users", "roles"):
        for browser in (clerk, client_as("admin")):
            assert browser.get(f"/{screen}/{act}").status_code == 404
            assert browser.send(f"/{screen}/{act}").status_code == 404


def test_name_search_is_not_in_url(clerk, client_as, people):
    answer = clerk.send("/person/search", {"_flt_0_given_km": "ដារ៉ាក", "_flt_0_sex": "M"})
    assert answer.status_code == 302
    assert (
        "ដារ" not in answer.location and "%E1%9E" not in answer.location and "_flt_0_sex=M" in answer.location
    )
    page = clerk.page(answer.location)
    assert len(listed_names(page)) == 12
    assert (
        client_as("investigator.bb").get(answer.location).status_code == 404
    )  # search tokens work for their owner only


def test_concurrent_searches_keep_their_own_filters(client_as, people):
    def search_names(letter):
        browser = client_as("clerk.bb")
        address = browser.send("/person/search", {"_flt_0_given_km": f"ដារ៉ា{letter}"}).location
        return [(letter, name) for _time in range(6) for name in listed_names(browser.page(address))]

    with ThreadPoolExecutor(5) as clerks:
        found = [pair for answers in clerks.map(search_names, "កខគឃង") for pair in answers]
    assert len(found) == 5 * 6 * 12
    assert not [pair for pair in found if not pair[1].split()[1].endswith(pair[0])]


def test_case_list_filter_by_status_finds_case(clerk, people):
    page = clerk.page("/case/list/?_flt_0_status=open")
    assert len(page.all("tr", data_row=True)) == 1


# Hostile text


@pytest.mark.slow
@pytest.mark.nightly(name="matrix")
def test_hostile_text_is_escaped_on_every_page(app, clerk, client_as, db_session, person):
    with db.engine.begin() as connection:  # bypassing normalisation, as a faulty import might
        drop_lock_triggers(connection)
        for table in db.metadata.sorted_tables:
            model = next((m.class_ for m in Record.registry.mappers if m.local_table is table), None)
            if model is None or not fields_of(model):
                continue
            hostile = {
                column.name: HOSTILE[: column.type.length]
                for column in table.columns
                if isinstance(column.type, String)
                and not column.foreign_keys
                and not column.primary_key
                and not column.unique
                and not fields_of(model).get(column.key, NO_FIELD).codes
                and column.name
                not in ("sha256", "mime", "list", "key", "draft_token", "area", "families", "number")
                and not column.name.endswith("_code")
            }
            if hostile and table.name != "place":
                connection.execute(table.update().values(hostile))
        connection.execute(text("UPDATE cache_version SET count = count + 1"))
    raw = ("<script>alert(1)", "<img src=x")
    escaped = 0
    browsers = {"Data-entry specialist": clerk, "Technical working group": client_as("twg")}
    english, asked = client_as("clerk.bb", "en"), find_pages(app, db_session)
    in_english = nightly.some_of(asked)
    for number, (rule, url) in enumerate(asked):
        asking = [
            one for role, one in browsers.items() if is_asked_by(role, number, "GET", rule, browsers, parts=2)
        ]
        asking += [english] if (rule, url) in in_english else []
        for answer in (browser.get(url) for browser in asking):
            if answer.mimetype == "text/html" and answer.status_code == 200:
                escaped += "&lt;script&gt;alert" in answer.text
                assert not any(one in answer.text for one in raw), url
                assert "49</textarea>" not in answer.text
    for browser in (*browsers.values(), english):
        # Parts that only a search shows.
        assert "<script>alert(1)" not in browser.send("/find/", {"q": "<script>alert(1)</script>"}).text
    assert escaped > 30
