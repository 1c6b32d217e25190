"""The cache of parse results."""

import threading

import pytest

from nexus_core.parser import CacheMetrics, ParseCache, ParseLimits, cache, parse, parse_cached

PANEL = "<NexusPanel><View><Text>{}</Text></View></NexusPanel>"


@pytest.mark.requirement("lang.cache")
def test_the_same_source_is_parsed_once_whether_text_or_bytes():
    own = ParseCache()
    first = own.parse(PANEL)
    assert own.parse(PANEL.encode()) is first
    assert own.metrics() == CacheMetrics(hits=1, misses=1, entries=1)
    assert first == parse(PANEL)


@pytest.mark.requirement("lang.cache")
def test_other_limits_are_another_entry():
    own = ParseCache()
    assert own.parse(PANEL).ast is not None
    assert own.parse(PANEL, limits=ParseLimits(source_bytes=1)).ast is None


@pytest.mark.requirement("lang.cache")
def test_the_entry_that_was_used_longest_ago_goes_first():
    own = ParseCache(capacity=2)
    first = own.parse("a")
    own.parse("b")
    assert own.parse("a") is first
    own.parse("c")
    assert own.parse("a") is first
    own.parse("b")
    assert own.metrics() == CacheMetrics(hits=2, misses=4, entries=2)


@pytest.mark.requirement("lang.cache")
def test_clearing_forgets_results_and_counts():
    own = ParseCache()
    own.parse("a")
    own.clear()
    assert own.metrics() == CacheMetrics(hits=0, misses=0, entries=0)


@pytest.mark.requirement("lang.cache")
def test_the_process_has_a_cache_of_a_thousand_entries():
    before = cache.metrics()
    assert parse_cached(PANEL) is parse_cached(PANEL)
    after = cache.metrics()
    assert after.hits > before.hits


@pytest.mark.requirement("lang.cache")
def test_threads_share_a_cache_and_get_equal_results():
    own = ParseCache(capacity=4)
    sources = [PANEL.replace("{}", str(n)) for n in range(8)]
    expected = [parse(source) for source in sources]
    found: list[bool] = []

    def work() -> None:
        found.extend(
            [own.parse(source) == result for source, result in zip(sources, expected, strict=True)]
        )

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics = own.metrics()
    assert found == [True] * 48
    assert (metrics.hits + metrics.misses, metrics.entries) == (48, 4)
