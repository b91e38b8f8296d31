"""`make bench`: what the panel costs, always beside a floor measured in the same run."""
