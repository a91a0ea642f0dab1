"""Measures the promises of the design, each as a ratio to its anchor in the same run.

`make bench` (or `python -m tests.bench [--students 1000 10000 100000] [--cloud N]`) writes
`build/bench/results.csv` and `build/bench/scale.png`. Every measure runs in a process of its own, so
that its peak memory is its own.
"""
