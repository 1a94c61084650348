"""Master indices: one record for each vehicle, phone, weapon, document and organisation, and the relations between records."""
