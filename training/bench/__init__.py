"""The benchmark: scoring beside what would be used instead, all on one machine in one run."""
