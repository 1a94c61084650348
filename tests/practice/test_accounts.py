"""Each account of a practice system has its own password, in one file that only its owner reads."""

import config
from app.accounts import passwords
from app.practice import accounts
from tests.corrections.steps import find_user


def test_each_account_has_its_own_password(db_session, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "DATA_DIR", tmp_path)
    accounts.create_accounts()
    known = accounts.load_passwords()
    assert len(known) == accounts.TRAINEES + 2 * accounts.OTHERS + 2 == len(set(known.values()))
    assert (tmp_path / accounts.PASSWORDS).stat().st_mode & 0o077 == 0
    for username in ("trainee01", "trainee02", "teacher1"):
        assert passwords.is_password_correct(find_user(username), known[username])
    assert not passwords.is_password_correct(find_user("trainee01"), known["trainee02"])
    accounts.create_accounts()
    assert accounts.load_passwords() == known, "a second start changes nothing"
    (tmp_path / accounts.PASSWORDS).unlink()
    accounts.create_accounts()
    renewed = accounts.load_passwords()["trainee01"]
    assert renewed != known["trainee01"] and passwords.is_password_correct(find_user("trainee01"), renewed)
