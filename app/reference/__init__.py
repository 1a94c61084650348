"""What the register speaks about and does not own: places, units, courts, prisons, laws and offences."""
