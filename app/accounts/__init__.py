"""Who works in the register: users with their unit and language, sign-in, roles."""
