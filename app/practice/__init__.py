"""The practice system: its accounts, and exercises whose answers are compared with a model answer."""
