"""Access outside the user's scope, with a reason and an end: break-glass access, protected persons, shared cases."""
