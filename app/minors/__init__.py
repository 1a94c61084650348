"""Contacts of the police with minors, and their referral. They are no criminal records, and name no person of the register."""
