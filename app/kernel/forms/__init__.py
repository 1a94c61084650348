"""Forms made from model fields, their input fields and validators."""
