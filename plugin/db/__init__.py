"""The only code that says SQL. Every function takes a Scope first, then an open connection."""
