"""Series of similar cases: proposed by a nightly job, confirmed or split by an officer. They concern cases, not people."""
