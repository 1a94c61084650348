"""The audit log: recording acts and views, the hash chain, row hashes, anchors and their verification."""
