"""Python's diskcache with the records of `tiers disk`: pip install diskcache, then run this."""

import statistics
import tempfile
import time

import diskcache

KEYS = 100_000
CALLS = 20_000


def micros(times):
    times = sorted(times)
    at = lambda percent: times[(len(times) - 1) * percent // 100] * 1e6
    return f"median {at(50):.2f} us, mean {statistics.mean(times) * 1e6:.2f} us, 99 % {at(99):.2f} us"


def timed(call, calls):
    times = []
    for number in range(calls):
        begun = time.perf_counter()
        call(number)
        times.append(time.perf_counter() - begun)
    return times


def record(key):
    return {"id": key, "text": "0123456789" * 8}


with tempfile.TemporaryDirectory() as folder, diskcache.Cache(folder) as cache:
    with cache.transact():
        for key in range(KEYS):
            cache[key] = record(key)
    scattered = lambda number: number * 0x9E3779B97F4A7C15 % 2**64 % KEYS
    print("hit:", micros(timed(lambda number: cache[scattered(number)], CALLS)))
    print("put:", micros(timed(lambda number: cache.set(KEYS + number, record(number)), 2_000)))
