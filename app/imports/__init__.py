"""What comes from an earlier register: files read safely, their rows judged by the rules of the forms, and brought in."""
