"""The parts of `make bench-search` (tests/bench_search.py). What stands in `inside` runs in a process with a site's settings."""
