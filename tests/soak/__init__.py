"""A server among enemies for as long as one likes: `make soak-hostile`."""
