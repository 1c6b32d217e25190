"""When triggers are due by the clock, also when clocks are changed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.schedules import (
    ScheduleError,
    check_cron,
    cron_after,
    interval_after,
    zone,
)

pytestmark = pytest.mark.requirement("ker.triggers")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def due(cron: str, timezone: str, after: str, count: int = 2) -> list[str]:
    """The next times in that time zone, as people there write them."""
    times: list[str] = []
    moment = at(after)
    for _ in range(count):
        moment = cron_after(cron, timezone, moment)
        times.append(datetime.fromtimestamp(moment, zone(timezone)).isoformat())
    return times


def test_a_cron_expression_is_due_in_its_time_zone():
    assert due("30 9 * * 1-5", "Europe/Berlin", "2026-11-20T09:00:00+00:00") == [
        "2026-11-23T09:30:00+01:00",
        "2026-11-24T09:30:00+01:00",
    ]


def test_a_time_that_is_skipped_in_spring_comes_when_the_clock_has_moved_on():
    assert due("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+00:00") == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_time_that_comes_twice_in_autumn_counts_the_first_time():
    assert due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+00:00") == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_what_goes_by_the_minute_goes_by_the_time_that_passes():
    assert due("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00+00:00", 4) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]


def test_where_both_days_are_restricted_one_is_enough():
    assert due("0 0 13 * 5", "UTC", "2026-11-09T00:00:00+00:00") == [
        "2026-11-13T00:00:00+00:00",
        "2026-11-20T00:00:00+00:00",
    ]


def test_a_leap_day_is_waited_for():
    found = cron_after("0 0 29 2 *", "UTC", at("2026-01-01T00:00:00+00:00"))
    assert datetime.fromtimestamp(found, UTC).isoformat() == "2028-02-29T00:00:00+00:00"


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "60 * * * *", "a b c d e", "0 0 30 2 *", "*/0 * * * *",
     "1" * 5000 + " * * * *", "0 0 L#2 * *", "@daily", "0 0 * * ²"],
)  # fmt: skip
def test_a_cron_expression_that_means_nothing_is_refused(expression: str):
    with pytest.raises(ScheduleError):
        check_cron(expression)


@pytest.mark.parametrize("name", ["", "Mars", "America", "../UTC", "/etc/passwd", "x" * 200, "a\0"])
def test_a_time_zone_that_is_none_is_refused(name: str):
    with pytest.raises(ScheduleError):
        zone(name)


@given(
    st.integers(1, 10**6), st.floats(0, 10**9), st.floats(-(10**6), 10**9).filter(lambda n: n == n)
)
def test_an_interval_keeps_its_step_and_is_due_once_for_all_that_was_missed(
    seconds: int, due: float, late: float
):
    moment = max(0.0, due + late)
    found = interval_after(seconds, due, moment)
    assert found > moment or found == due + seconds
    assert found - max(moment, due) <= seconds + 1e-3


@given(st.text("0123456789*,-/#LW ", max_size=40))
def test_any_text_is_a_cron_expression_or_refused(text: str):
    try:
        check_cron(text)
    except ScheduleError:
        return
    assert cron_after(text, "UTC", 0.0) > 0
