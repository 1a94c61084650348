"""Two photo line-ups of the demo: one waits to be shown, one has ended. The photos are drawings, not real people."""
# unrestricted: looks for people of the demo as the system
# commits: the rows of each officer

import io
from datetime import timedelta

from PIL import Image, ImageDraw
from sqlalchemy import func, select

from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.demo.investigation import LEADER, act_as_officer, find_officer_id
from app.extensions import db
from app.investigation.models import CaseAssignment
from app.investigation.rules import LEAD
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit, rollback
from app.kernel.files import store
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.lineups import actions, fillers, sessions, steps
from app.lineups.models import Lineup
from app.people.models import Person, PersonPhoto

PRESENTER, PROVINCE, FACES = "warrant.bb", "02", 14
DESCRIPTION = "ជនអាយុប្រហែល ៣០ឆ្នាំ សក់ខ្លី មុខមូល ពាក់អាវពណ៌ខ្មៅ។"
WORDS = "ជនក្នុងរូបថតនេះស្រដៀងនឹងជនដែលបានជិះម៉ូតូនៅយប់នោះ។"
CERTAINTY = "ជឿជាក់ច្រើន ប៉ុន្តែមិនទាំងស្រុងទេ"
SKIN = ("#c68f63", "#b97f55", "#d3a077", "#a8714a", "#c99a6e")
SHIRT = ("#2f4858", "#6b4f3a", "#3d5a40", "#5a3d5c", "#4a4a4a")


def generate_lineups():
    """Write the line-ups if there are none yet, and return their number."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(Lineup.id).limit(1)) is not None:
        return 0
    ids = db.session.scalars(
        select(CaseAssignment.case_id)
        .where(CaseAssignment.officer_id == find_officer_id(LEADER), CaseAssignment.kind == LEAD)
        .order_by(CaseAssignment.id)
    ).all()
    made = 0
    for case_id in ids:
        made += _prepare(case_id, is_shown=made == 1)
        if made == 2:
            break
    return made


def _prepare(case_id, is_shown):
    user = act_as_officer(LEADER)
    people = db.session.scalars(
        select(Involvement).where(Involvement.case_id == case_id, Involvement.voided_at.is_(None))
    ).unique()
    rows = list(people)
    suspect = next((one for one in rows if one.role in SUSPECT_ROLES and one.person.birth_year), None)
    witness = next((one for one in rows if one.role not in SUSPECT_ROLES), None)
    if suspect is None or witness is None:
        return 0
    _draw_photos(suspect.person)
    lineup = Lineup(
        case=suspect.case, suspect=suspect, witness=witness, presenter_id=find_officer_id(PRESENTER),
        mode=steps.SIMULTANEOUS if is_shown else steps.SEQUENTIAL, first_description=DESCRIPTION,
        described_at=dates.now() - timedelta(days=1), recorded_by_id=user.id,
    )  # fmt: skip
    db.session.add(lineup)
    db.session.flush()
    people = fillers.propose_fillers(db.session, lineup, is_wide=True)
    if len(people) < steps.FEWEST - 1:
        rollback()
        return 0
    try:
        actions.fix_faces(db.session, lineup, [one.id for one in people[:7]])
        commit()
    except RuleViolation:  # the officer who would show the photos has written a row of this case
        rollback()
        return 0
    if is_shown:
        presenter = act_as_officer(PRESENTER)
        sessions.start(db.session, lineup.id, presenter.id, True)
        sessions.end(
            db.session, lineup.id, presenter.id, steps.PICKED, 3, words=WORDS, certainty=CERTAINTY,
            place_text="ស្នងការដ្ឋាននគរបាលខេត្តបាត់ដំបង",
        )  # fmt: skip
        commit()
    return 1


def _draw_photos(suspect):
    """Give the suspect and people of about the same age a drawn photo."""
    row = Involvement.__table__.c
    like = select(Person).where(
        Person.sex == suspect.sex, func.abs(Person.birth_year - suspect.birth_year) <= fillers.WIDE_AGE_BAND,
        Person.id.in_(select(row.person_id).where(row.province_code == PROVINCE, row.role.in_(SUSPECT_ROLES))),
        ~Person.photos.any(), Person.voided_at.is_(None),
    )  # fmt: skip
    others = db.session.scalars(like.order_by(Person.id).limit(FACES)).unique().all()
    for person in {suspect, *others}:
        if person.photo is None:
            stored = store.save_file(draw_face(person.id), "face.jpg")
            columns = ("sha256", "mime", "size", "width_px", "height_px")
            person.photos.append(PersonPhoto(**{name: getattr(stored, name) for name in columns}))
    db.session.flush()


def draw_face(number):
    """Return a drawn face as a JPEG stream, another one for each number."""
    picture = Image.new("RGB", (320, 400), "#dfe5ea")
    pen, shift = ImageDraw.Draw(picture), number * 7 % 24
    pen.ellipse((40, 290, 280, 520), fill=SHIRT[number % 5])
    pen.rectangle((138, 250, 182, 310), fill=SKIN[number % 5])
    pen.ellipse((86 - shift // 3, 90, 234 + shift // 3, 280 + shift // 2), fill=SKIN[number % 5])
    pen.chord((82 - shift // 3, 62, 238 + shift // 3, 232 - shift), 180, 360, fill="#1c1814")
    for x in (126, 194):
        pen.ellipse((x - 11, 176, x + 11, 190), fill="#ffffff")
        pen.ellipse((x - 6, 176, x + 6, 190), fill="#231a14")
        pen.line((x - 16, 164 - shift // 4, x + 16, 162), fill="#231a14", width=5)
    pen.line((160, 190, 154, 222, 166, 224), fill="#7a5338", width=4)
    pen.arc((132, 226 - shift // 3, 188, 256), 15, 165, fill="#7c3b34", width=5)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    out.seek(0)
    return out
