"""The cache of parse results."""

import threading

import pytest

from nexus_core.parser import CacheMetrics, ParseCache, ParseLimits, cache, parse, parse_cached

PANEL = "<NexusPanel><View><Text>{}</Text></View></NexusPanel>"
UNREAD = '<NexusPanel><Data><State name="a" type="lst"/></Data></NexusPanel>'

pytestmark = pytest.mark.requirement("lang.cache")


def metrics(
    hits: int, misses: int, entries: int, source_bytes: int, **diagnostics: int
) -> CacheMetrics:
    return CacheMetrics(hits, misses, entries, source_bytes, diagnostics)  # pyright: ignore[reportArgumentType]


def test_the_same_source_is_parsed_once_whether_text_or_bytes():
    own = ParseCache()
    first = own.parse(UNREAD)
    assert own.parse(UNREAD.encode()) is first
    assert own.metrics() == metrics(1, 1, 1, len(UNREAD), error=1, warning=1)
    assert first == parse(UNREAD)


def test_other_limits_are_another_entry():
    own = ParseCache()
    assert own.parse(PANEL).ast is not None
    assert own.parse(PANEL, limits=ParseLimits(source_bytes=1)).ast is None
    assert own.parse(PANEL).ast is not None
    assert own.metrics() == metrics(1, 2, 2, 2 * len(PANEL), error=2)


def test_the_entry_that_was_used_longest_ago_goes_first():
    own = ParseCache(capacity=2)
    first = own.parse("a")
    own.parse("bb")
    assert own.parse("a") is first
    own.parse("ccc")
    assert own.parse("a") is first
    own.parse("bb")
    assert own.metrics() == metrics(2, 4, 2, 3, error=4)


def test_half_a_pair_of_characters_is_no_trouble():
    own = ParseCache()
    assert own.parse("\ud800") is own.parse("\ud800")


def test_clearing_forgets_results_and_counts():
    own = ParseCache()
    own.parse("a")
    own.clear()
    assert own.metrics() == metrics(0, 0, 0, 0)


def test_the_process_has_a_cache():
    before = cache.metrics()
    assert parse_cached(PANEL) is parse_cached(PANEL)
    assert cache.metrics().hits > before.hits


def test_a_cache_holds_a_thousand_results():
    own = ParseCache()
    first = own.parse("0")
    for n in range(1, 1000):
        own.parse(str(n))
    assert own.parse("0") is first
    own.parse("1000")
    assert own.metrics().entries == 1000
    own.parse("1")
    assert own.metrics().misses == 1002


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
    told = own.metrics()
    assert found == [True] * 48
    assert (told.hits + told.misses, told.entries) == (48, 4)
    assert told.source_bytes == 4 * len(sources[0])


def test_of_two_threads_that_read_the_same_source_at_once_one_result_is_kept():
    own, results, begin = ParseCache(), [], threading.Barrier(2)
    # Reading it takes much longer than a thread may keep others from running.
    texts = "".join(f"<Text>{{$state.n + {n}}}</Text>" for n in range(4000))
    source = f"<NexusPanel><View><Layout>{texts}</Layout></View></NexusPanel>"

    def work() -> None:
        begin.wait()
        results.append(own.parse(source))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results)
    assert all(result is own.parse(source) for result in results)
    assert (own.metrics().misses, own.metrics().source_bytes) == (2, len(source))
