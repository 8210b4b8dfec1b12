from sambung.keys import make_database_keys, make_keys
from shared.rights import USERS


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def test_every_user_gets_a_password_of_its_own_that_only_the_owner_can_read(tmp_path):
    make_keys(tmp_path)

    passwords = {user.name: (tmp_path / user.name / "password") for user in USERS}
    assert len({path.read_text() for path in passwords.values()}) == len(USERS)
    assert {mode(path) for path in passwords.values()} == {"0o600"}
    assert {mode(path.parent) for path in passwords.values()} == {"0o700"}
    assert mode(tmp_path / "nats" / "rights.conf") == "0o600"


def test_a_second_start_keeps_every_password(tmp_path):
    make_keys(tmp_path)
    make_database_keys(tmp_path)
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    make_keys(tmp_path)
    make_database_keys(tmp_path)

    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_password_lost_alone_is_made_anew_and_the_server_learns_it(tmp_path):
    make_keys(tmp_path)
    (tmp_path / "ioc" / "password").unlink()

    make_keys(tmp_path)

    assert (tmp_path / "ioc" / "password").read_text() in (tmp_path / "nats" / "rights.conf").read_text()


def test_a_services_database_password_is_the_one_the_database_gives_its_role(tmp_path):
    make_database_keys(tmp_path)

    assert (tmp_path / "escalation" / "database").read_text() == (tmp_path / "postgres" / "escalation").read_text()
    assert (tmp_path / "reporting" / "database").read_text() != (tmp_path / "escalation" / "database").read_text()
