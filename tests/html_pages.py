"""HTML as a user sees it: elements by id, the values of form fields, the messages next to fields."""

from lxml import etree

UNSEEN = {"script", "style", "template", "svg"}


class Element:
    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children = []  # elements and strings

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def has_class(self, name):
        return name in (self.attributes.get("class") or "").split()

    def inside(self, unseen=True):
        """Yield all elements below this one, in page order; without `unseen` no template, script or picture."""
        below = self.children[::-1]
        while below:
            child = below.pop()
            if isinstance(child, Element) and (unseen or child.tag not in UNSEEN):
                yield child
                below += child.children[::-1]

    def all(self, tag=None, css=None, **attributes):
        """Return the elements below with that tag, class and attributes (`data_row="0"`; True for any
        value).
        """
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            one
            for one in self.inside(unseen=False)
            if (tag is None or one.tag == tag)
            and (css is None or one.has_class(css))
            and all(
                name in one.attributes and value in (True, one.attributes[name])
                for name, value in wanted.items()
            )
        ]

    def up(self, css):
        """Return the nearest ancestor with that class, or None."""
        around = self.parent
        while around is not None and not around.has_class(css):
            around = around.parent
        return around

    @property
    def text(self):
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split()) if self.tag not in UNSEEN else ""

    @property
    def raw(self):
        """Return the exact text, with spaces and line ends."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)


class Page:
    """A parsed page. An end tag that closes nothing is an error."""

    def __init__(self, html):
        self.html, self.top = html, Element("", {})
        self._here = self.top
        if html.strip():
            parser = etree.HTMLParser(target=self)
            etree.fromstring(html, parser)
            faults = [one for one in parser.error_log if one.type_name == "ERR_TAG_NAME_MISMATCH"]
            assert not faults, faults

    @classmethod
    def from_response(cls, response, status=200):
        page = cls(response.text)
        if response.status_code != status:
            said = " / ".join(line.text for line in [*page.all(role="alert"), *page.all("p", css="message")])
            raise AssertionError(
                f"{response.status_code} for {response.request.path}: {said or page.text[:1000]}"
            )
        return page

    # What lxml calls while it reads.

    def start(self, tag, attributes):
        element = Element(tag, dict(attributes), self._here)
        self._here.children.append(element)
        self._here = element

    def end(self, _tag):
        self._here = self._here.parent

    def data(self, text):
        children = self._here.children
        if children and isinstance(children[-1], str):
            children[-1] += text  # after an entity
        else:
            children.append(text)

    def close(self):
        pass

    def all(self, tag=None, css=None, **attributes):
        return self.top.all(tag, css, **attributes)

    def by_id(self, name):
        """Return the element with that id. A page without it, or with two, is an error."""
        found = self.all(id=name)
        assert len(found) == 1, f"{len(found)} elements have the id {name}"
        return found[0]

    @property
    def text(self):
        return self.top.text

    def typed(self):
        """Return name → values of every field on the page, as a browser would send them."""
        found = {}
        for box in self.all(name=True):
            value = _value(box)
            if value is not None:
                found.setdefault(box["name"], []).append(value)
        return found

    def get_messages(self, place):
        """Return the messages at the field or section with that id: (message, rule number, class of the
        block).
        """
        if place.startswith("section-"):
            around = self.all(data_problems_of=place)[0]
        else:
            around = self.by_id(place).up("field")
        return [_sentence(line) for line in around.all("p", css="message") if "hidden" not in line.attributes]


def _value(box):
    if box.tag == "select":
        options = list(box.all("option"))
        chosen = [one for one in options if "selected" in one.attributes] or options[:1]
        return chosen[0].get("value", chosen[0].text) if chosen else ""
    if box.tag == "textarea":
        # HTML drops the line end right after the tag.
        return box.raw.replace("\r\n", "\n").removeprefix("\n")
    if box.tag not in ("input", "button"):
        return None
    if box.get("type") in ("checkbox", "radio"):
        return box.get("value", "on") if "checked" in box.attributes else None
    return box.get("value", "") if box.tag == "input" else None


def _sentence(line):
    rule = next((code.text for code in line.all(css="code")), "")
    block = line.up("warn")
    kind = "error" if block is None else "notice" if block.has_class("overridden") else "warning"
    return line.text.removesuffix(rule).strip(), rule, kind
