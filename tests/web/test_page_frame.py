"""What stands around every page is rendered once and kept: for each reader, language and page the right one."""


def menu(page):
    """(address, whether it is marked as the page one is on) of every link at the side."""
    side = page.by_id("menu")
    return [
        (link["href"], link.get("aria-current") == "page") for link in side.all("a") if link["href"][0] == "/"
    ]


def marked(page):
    return [address for address, current in menu(page) if current]


def test_the_menu_marks_the_page_one_is_on(clerk):
    for address in ("/person/list/", "/case/list/", "/person/list/", "/"):
        assert marked(clerk.page(address)) == [address]


def test_a_record_belongs_to_the_entry_of_its_list(clerk):
    assert marked(clerk.page("/persondocument/add")) == ["/persondocument/list/"]
    assert marked(clerk.page("/person/list/?psize_PersonView=50")) == ["/person/list/"]


def test_nobody_is_shown_the_menu_of_another_role(clerk, client_as):
    clerks = {address for address, _marked in menu(clerk.page("/about-the-data/"))}
    auditors = {address for address, _marked in menu(client_as("auditor").page("/about-the-data/"))}
    assert "/person/list/" in clerks
    assert "/person/list/" not in auditors
    assert menu(clerk.page("/about-the-data/")) == menu(client_as("clerk.pp").page("/about-the-data/"))


def test_the_menu_speaks_the_language_of_each_reader(client_as):
    for language, word in (("km", "បុគ្គល"), ("en", "People"), ("km", "បុគ្គល")):
        side = client_as("clerk.bb", language).page("/case/list/").by_id("menu")
        assert word in side.text


def test_what_the_first_reader_of_a_page_may_is_not_kept_for_the_next(app, client_as, monkeypatch):
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", None)
    for first, second in (("manager", "warrant.bb"), ("warrant.bb", "manager")):
        app.jinja_env.cache.clear()
        for reader in (first, second):
            offers = client_as(reader).page("/orders/work/").all("a", href="/courtorder/add")
            assert bool(offers) == (reader == "warrant.bb"), f"{reader} of {first}, {second}"


def test_what_the_first_reader_of_a_page_speaks_is_not_kept_for_the_next(app):
    def said(language, page=None):
        with app.test_request_context(f"/?_l_={language}"):
            page = page or app.jinja_env.from_string("{{ 20|number }}")
            return page, page.render()

    page, first = said("km")
    assert (first, said("en", page)[1]) == ("២០", "20")


def test_before_signing_in_there_is_no_menu(clerk, client):
    clerk.page("/person/list/")
    assert not client.page("/login/").all(id="menu")


def test_a_page_that_refuses_is_as_light_as_any(clerk):
    answer = clerk.get("/nowhere", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (404, "gzip")
    assert len(answer.data) < 8_000


def test_whose_role_reads_no_case_finds_on_the_first_page_what_it_opens(client_as):
    doors = client_as("auditor").page("/").all("ul", css="doors")[0]
    assert "/log/list/" in [link["href"] for link in doors.all("a")]


def test_a_list_that_its_filters_left_empty_says_so_and_offers_to_drop_them(clerk):
    empty = clerk.page("/case/list/?_flt_0_number=99-1999").all(css="empty")[0]
    assert [link["href"] for link in empty.all("a")] == ["/case/list/"]
    assert not clerk.page("/courtorder/list/").all(css="empty")[0].all("a")
