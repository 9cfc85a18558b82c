"""What produced the figures in the manual.  `make bench` runs all of it; each module alone: `python -m benchmarks.NAME`."""
