"""User accounts: units and languages of users, sign-in, roles and their administration."""
