"""Reference data: places, units, courts, prisons, laws and offences."""
