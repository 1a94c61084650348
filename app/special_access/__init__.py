"""What is opened beyond somebody's part, each with a reason and an end: break-glass, protected persons, shares."""
