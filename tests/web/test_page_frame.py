"""The cached frame of pages: correct for each reader, language and page."""

from app import menu, roles


def menu_links(page):
    """Return (URL, whether it is marked as the current page) of every link in the side menu."""
    side = page.by_id("menu")
    return [
        (link["href"], link.get("aria-current") == "page") for link in side.all("a") if link["href"][0] == "/"
    ]


def current_links(page):
    return [address for address, current in menu_links(page) if current]


def test_menu_marks_current_page(clerk):
    for address in ("/person/list/", "/case/list/", "/person/list/", "/"):
        assert current_links(clerk.page(address)) == [address]


def test_record_page_marks_entry_of_its_list(clerk):
    assert current_links(clerk.page("/persondocument/add")) == ["/persondocument/list/"]
    assert current_links(clerk.page("/person/list/?psize_PersonView=50")) == ["/person/list/"]


def test_menu_depends_on_role(clerk, client_as):
    clerks = {address for address, _marked in menu_links(clerk.page("/about-the-data/"))}
    auditors = {address for address, _marked in menu_links(client_as("auditor").page("/about-the-data/"))}
    assert "/person/list/" in clerks
    assert "/person/list/" not in auditors
    assert menu_links(clerk.page("/about-the-data/")) == menu_links(
        client_as("clerk.pp").page("/about-the-data/")
    )


def test_menu_uses_reader_language(client_as):
    for language, word in (("km", "បុគ្គល"), ("en", "People"), ("km", "បុគ្គល")):
        side = client_as("clerk.bb", language).page("/case/list/").by_id("menu")
        assert word in side.text


def test_cached_template_checks_rights_of_each_reader(app, client_as, monkeypatch):
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", None)
    for first, second in (("manager", "warrant.bb"), ("warrant.bb", "manager")):
        app.jinja_env.cache.clear()
        for reader in (first, second):
            offers = client_as(reader).page("/orders/worklist/").all("a", href="/courtorder/add")
            assert bool(offers) == (reader == "warrant.bb"), f"{reader} of {first}, {second}"


def test_cached_template_uses_language_of_each_reader(app):
    def render(language, page=None):
        with app.test_request_context(f"/?_l_={language}"):
            page = page or app.jinja_env.from_string("{{ 20|number }}")
            return page, page.render()

    page, first = render("km")
    assert (first, render("en", page)[1]) == ("២០", "20")


def test_sign_in_page_has_no_menu(clerk, client):
    clerk.page("/person/list/")
    assert not client.page("/login/").all(id="menu")


def test_error_page_is_small(clerk):
    answer = clerk.get("/nowhere", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (404, "gzip")
    assert len(answer.data) < 8_000


def test_home_page_without_cases_links_allowed_pages(client_as):
    pages = client_as("auditor").page("/").all("ul", css="shortcuts")[0]
    assert "/log/list/" in [link["href"] for link in pages.all("a")]


def test_list_empty_by_filters_offers_to_remove_them(clerk):
    empty = clerk.page("/case/list/?_flt_0_number=99-1999").all(css="empty")[0]
    assert [link["href"] for link in empty.all("a")] == ["/case/list/"]
    assert not clerk.page("/courtorder/list/").all(css="empty")[0].all("a")


def test_menu_shows_the_pages_of_daily_work_first(clerk):
    def find_more(url):
        return clerk.page(url).by_id("menu").all("details")[0]

    first = [address for address, _marked in menu_links(clerk.page("/"))][:9]
    assert "/case/list/" in first and "/correction/list/" not in first
    assert "open" not in find_more("/case/list/").attributes
    assert "open" in find_more("/correction/list/").attributes, "the current page is visible"


def test_daily_pages_of_each_role_exist(app):
    names = {view.class_permission_name for view, *_about in menu.SCREENS}
    assert set(roles.DAILY_PAGES) == set(roles.TABLE)
    for role, pages in roles.DAILY_PAGES.items():
        assert set(pages) <= names & roles.TABLE[role].keys() | {"Inbox", "Training"}, role


def test_home_page_names_empty_cards_in_one_line(clerk):
    page = clerk.page("/")
    assert page.all("section", css="all-places")[0].all("a", href="/in-custody/list/")
    assert not page.all("a", href="/in-custody/list/?left=over")
