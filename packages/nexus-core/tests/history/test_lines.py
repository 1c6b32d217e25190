"""Differences of texts, as stock tools read them, and changes brought together as git does."""

import subprocess
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_core.history import lines, unified

pytestmark = pytest.mark.requirement("ker.git")

TEXTS = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"\r\n"]), max_size=30).map(
    b"".join
)
ENDS = st.sampled_from([b"", b"no end", b"\n"])


def applied(old: bytes, new: bytes) -> bytes:
    """Make the new text out of the old one and the edits."""
    before, after = lines.split(old), lines.split(new)
    at, made = 0, []
    for each in lines.edits(before, after):
        made += [*before[at : each.begin], *after[each.new_begin : each.new_end]]
        at = each.end
    return b"".join([*made, *before[at:]])


@given(old=TEXTS, new=TEXTS, end=ENDS)
def test_edits_lead_from_one_text_to_the_other(old, new, end):
    assert applied(old, new + end) == new + end


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=TEXTS, new=TEXTS, end=ENDS)
def test_stock_git_applies_a_diff(tmp_path_factory, old, new, end):
    folder = tmp_path_factory.mktemp("apply")
    (folder / "f").write_bytes(old)
    told = unified(old, new + end, "a/f", "b/f")
    if told:
        command = ["git", "apply", "--unidiff-zero", "-"]
        subprocess.run(command, cwd=folder, input=told.encode(), check=True, capture_output=True)
    assert (folder / "f").read_bytes() == new + end


def test_a_diff_shows_three_lines_around_a_change():
    old = b"".join(b"%d\n" % number for number in range(10))
    assert unified(old, old.replace(b"5\n", b"five\n"), "before", "after") == (
        "--- before\n+++ after\n@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
    )


def test_the_same_text_has_no_diff():
    assert unified(b"a\n", b"a\n", "x", "y") == ""


def test_texts_that_have_nothing_in_common_differ_as_a_whole():
    old = [b"%d\n" % number for number in range(lines.MAX_EDITS + 1)]
    new = old[::-1]
    assert lines.edits(old, new) == [lines.Edit(0, len(old), 0, len(new))]


def changed(random: Random, text: list[bytes]) -> list[bytes]:
    """Change a text in two places; every line that is new is so nowhere else."""
    text = list(text)
    for _ in range(2):
        at = random.randrange(len(text))
        fresh = [b"%d\n" % random.getrandbits(60)] * random.randrange(3)
        text[at : at + random.randrange(3)] = fresh
    return text


def test_what_is_merged_is_what_git_merges(tmp_path):
    random = Random(7)
    base = [b"line %d\n" % number for number in range(25)]
    for _ in range(40):
        ours, theirs = changed(random, base), changed(random, base)
        for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
            (tmp_path / name).write_bytes(b"".join(text))
        git = subprocess.run(
            ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=tmp_path, capture_output=True
        )
        expected = git.stdout if git.returncode == 0 else None
        assert lines.merge(*(b"".join(each) for each in (base, ours, theirs))) == expected


@given(base=TEXTS, change=TEXTS)
def test_merging_with_an_unchanged_text_is_the_change(base, change):
    assert lines.merge(base, change, base) == change
    assert lines.merge(base, base, change) == change


@given(base=TEXTS, one=TEXTS, other=TEXTS)
def test_who_comes_first_does_not_matter(base, one, other):
    assert lines.merge(base, one, other) == lines.merge(base, other, one)
