"""What leaves the register as a file: any list, a case, a person's file, the cases of a period; never more than its screen shows."""
