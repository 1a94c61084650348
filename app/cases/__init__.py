"""Cases: what happened, which offences, who was involved, what was seized."""
