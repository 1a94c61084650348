"""Sign-in as a user does it: by the form, with the password and the code of a telephone."""

import time
from datetime import timedelta

import pyotp
from sqlalchemy import select, update

from app.accounts import demo_users, encryption
from app.accounts.models import LoginSession, SecondFactor, User
from app.accounts.second_factor import STEP
from app.extensions import db
from app.kernel.text import dates

PASSWORD = demo_users.PASSWORD


def sign_in(client, username="clerk.bb", password=PASSWORD, next="/login/", **more):
    return client.send(next, {"username": username, "password": password}, **more)


def open_signed_in_client(app, username="clerk.bb", password=PASSWORD):
    """Return a new browser in which the user has signed in by the form."""
    client = app.test_client()
    assert sign_in(client, username, password).status_code == 302
    return client


def is_signed_in(client):
    return client.get("/").status_code == 200


def find_user(username):
    return db.session.scalars(select(User).where(User.username == username)).unique().one()


def backdate_sessions(column, hours=0, minutes=0):
    """Set this time of all sessions so long ago."""
    when = dates.now() - timedelta(hours=hours, minutes=minutes)
    db.session.execute(update(LoginSession).values({column: when}))
    db.session.commit()


class Telephone:
    """The telephone of a user, which shows the code of the current or another time step."""

    def __init__(self, username):
        self.user_id = find_user(username).id

    def code(self, steps=0):
        secret = db.session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == self.user_id))
        return pyotp.TOTP(encryption.decrypt(secret)).at(int(time.time()) + steps * STEP)

    def forget_last_code(self):
        """Reset the last step, as if 30 seconds had passed since the last code was used."""
        db.session.execute(
            update(SecondFactor).where(SecondFactor.user_id == self.user_id).values(last_step=0)
        )
        db.session.commit()


def enrol_second_factor(client, username):
    """Set up the second factor in this browser. Return the telephone and the page with the recovery codes."""
    secret = client.page("/my-account/second-factor").all("span", css="secret")[0].text.replace(" ", "")
    answer = client.send("/my-account/second-factor", {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 200
    telephone = Telephone(username)
    telephone.forget_last_code()
    return telephone, answer
