"""Signing in as a person does, with the password and where need be with the code of a telephone."""

import time
from datetime import timedelta

import pyotp
from sqlalchemy import select, update

from app.accounts import demo_users, encryption
from app.accounts.models import SecondFactor, SignIn, User
from app.accounts.second_factor import STEP
from app.extensions import db
from app.kernel.text import dates

PASSWORD = demo_users.PASSWORD


def sign_in(client, username="clerk.bb", password=PASSWORD, next="/login/", **more):
    return client.send(next, {"username": username, "password": password}, **more)


def signed_in(app, username="clerk.bb", password=PASSWORD):
    """A new browser in which that user has signed in by the form."""
    client = app.test_client()
    assert sign_in(client, username, password).status_code == 302
    return client


def is_in(client):
    return client.get("/").status_code == 200


def user_named(username):
    return db.session.scalars(select(User).where(User.username == username)).unique().one()


def put_into_the_past(column, hours=0, minutes=0):
    """Let that moment of all sessions be so long ago."""
    when = dates.now() - timedelta(hours=hours, minutes=minutes)
    db.session.execute(update(SignIn).values({column: when}))
    db.session.commit()


class Telephone:
    """Holds the secret of a user and shows a code of now, or of other half-minutes."""

    def __init__(self, username):
        self.user_id = user_named(username).id

    def code(self, steps=0):
        secret = db.session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == self.user_id))
        return pyotp.TOTP(encryption.opened(secret)).at(int(time.time()) + steps * STEP)

    def forget_last_code(self):
        """As if half a minute had passed since the last code was taken."""
        db.session.execute(
            update(SecondFactor).where(SecondFactor.user_id == self.user_id).values(last_step=0)
        )
        db.session.commit()


def enrol(client, username):
    """Set the second factor up in this browser. Gives the telephone and the page with the recovery codes."""
    secret = client.page("/my-account/second-factor").all("span", css="secret")[0].text.replace(" ", "")
    answer = client.send("/my-account/second-factor", {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 200
    telephone = Telephone(username)
    telephone.forget_last_code()
    return telephone, answer
