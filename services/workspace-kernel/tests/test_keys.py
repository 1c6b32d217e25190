"""The keys of access tokens, how often something may be tried, and what is tidied up."""

import json
import stat
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from workspace_kernel.auth.keys import Keys, KeysError, KeyTimes
from workspace_kernel.auth.limits import MAX_KEYS, Rate, RateLimits
from workspace_kernel.auth.principals import LOCAL
from workspace_kernel.auth.tickets import MAX_TICKETS, SECONDS, Tickets
from workspace_kernel.auth.tokens import AccessTokens
from workspace_kernel.db import accounts
from workspace_kernel.db.models import Account, AuditEntry, LoginSession, RefreshToken
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError
from workspace_kernel.services.people import gathered
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry

pytestmark = pytest.mark.requirement("ker.auth")

DAY = 86_400.0
TIMES = KeyTimes(rotate_after=30 * DAY, token_life=600)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "auth" / "keys.json"


# ---- keys


def test_the_keys_are_made_at_first_and_only_their_owner_can_read_them(path):
    Keys(path, TIMES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_keys_are_the_same_after_a_restart(path):
    assert Keys(path, TIMES).newest == Keys(path, TIMES).newest


def test_an_old_key_is_replaced_and_what_it_signed_holds_on(path, clock):
    keys = Keys(path, TIMES, clock)
    # The library looks at the real clock, which is that of the first token.
    token = AccessTokens(keys, 600).issue("a" * 32, "b" * 32)
    old = keys.newest
    clock.now += 30 * DAY
    assert keys.rotate()
    assert keys.newest.kid != old.kid
    read = AccessTokens(Keys(path, TIMES, clock), 600).read(token)
    assert read is not None
    assert (read.user, read.session) == ("a" * 32, "b" * 32)


def test_a_key_is_forgotten_when_all_that_it_signed_has_expired(path, clock):
    keys = Keys(path, TIMES, clock)
    old = keys.newest
    clock.now += 30 * DAY
    keys.rotate()
    clock.now += 601
    assert not keys.rotate()
    assert keys.find(old.kid) is None
    assert [each["kid"] for each in json.loads(path.read_text())["keys"]] == [keys.newest.kid]


def test_keys_that_others_can_read_are_refused(path):
    Keys(path, TIMES)
    path.chmod(0o640)
    with pytest.raises(KeysError, match="Others can read"):
        Keys(path, TIMES)


@pytest.mark.parametrize("content", ["", "{}", '{"keys":[]}', '{"keys":[{"kid":"x"}]}'])
def test_a_file_that_holds_no_keys_is_refused_without_showing_it(path, content):
    Keys(path, TIMES)
    path.write_text(content)
    with pytest.raises(KeysError, match="cannot be read as keys") as refused:
        Keys(path, TIMES)
    assert refused.value.__cause__ is None


# ---- limits and tickets


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=60))
def test_never_more_than_twice_the_rate_passes_in_its_time(pauses):
    clock = Clock()
    limits, rate = RateLimits(clock), Rate("r", 5, 10.0)
    passed = []
    for pause in pauses:
        clock.now += pause
        with suppress(KernelError):
            limits.take(rate, "k")
            passed.append(clock.now)
    for start in passed:
        assert sum(start <= each < start + rate.seconds for each in passed) <= 2 * rate.times


def test_who_waits_as_long_as_told_is_let_through(clock):
    limits, rate = RateLimits(clock), Rate("r", 2, 10.0)
    for _ in range(2):
        limits.take(rate, "k")
    with pytest.raises(KernelError) as refused:
        limits.take(rate, "k")
    clock.now += refused.value.retry_after or 0
    limits.take(rate, "k")


def test_limits_remember_a_bounded_number_of_keys(clock):
    limits, rate = RateLimits(clock), Rate("r", 1, 10.0)
    for number in range(MAX_KEYS + 1):
        limits.take(rate, str(number))
    limits.take(rate, "0")
    with pytest.raises(KernelError):
        limits.take(rate, str(MAX_KEYS))


def test_a_ticket_is_good_once_and_for_half_a_minute(clock):
    tickets = Tickets(clock)
    first, second = tickets.issue(LOCAL), tickets.issue(LOCAL)
    assert (tickets.redeem(first), tickets.redeem(first)) == (LOCAL, None)
    clock.now += SECONDS
    assert tickets.redeem(second) is None
    assert tickets.redeem("nxt_unheard-of") is None


def test_tickets_are_bounded(clock):
    tickets = Tickets(clock)
    first = tickets.issue(LOCAL)
    for _ in range(MAX_TICKETS):
        tickets.issue(LOCAL)
    assert tickets.redeem(first) is None


# ---- tidying up


@pytest.fixture
async def people(database_url, tmp_path):
    """The accounts of a kernel, with somebody whose first login is over."""
    url = database_url()
    settings = Settings(data=tmp_path, database_url=url, auth="accounts", audit_days=1)
    telemetry = Telemetry()
    database = Database(url)
    await database.open()
    now = time.time()
    writes = [
        accounts.add_account(
            Account(id="a", email="a@example.test", name="A", password="-", created_at=1)
        )
    ]
    for name, ends in (("over", now - 1), ("under-way", now + 3600)):
        session = LoginSession(id=name, account_id="a", created_at=1, expires_at=ends)
        refresh = RefreshToken(session_id=name, number=0, digest=name, expires_at=ends)
        writes += [accounts.add_session(session), accounts.add_refresh(refresh)]
    for at in (now - 2 * DAY, now):
        writes.append(accounts.add_audit(AuditEntry(at=at, action="account.logged-in")))
    await database.write(*writes)
    async with gathered(settings, database, telemetry) as people:
        yield people
    await database.close()


async def test_what_expired_is_deleted_and_nothing_else(people):
    await people.tidy()

    def count(session) -> dict[str, int]:
        tables = ("account", "login_session", "refresh_token", "audit_entry")
        return {
            name: session.connection().execute(text(f"SELECT count(*) FROM {name}")).scalar()
            for name in tables
        }

    assert await people.database.read(count) == {
        "account": 1,
        "login_session": 1,
        "refresh_token": 1,
        "audit_entry": 1,
    }
