"""Court orders, who is wanted because of them, and the hits when somebody wanted is met anywhere."""
