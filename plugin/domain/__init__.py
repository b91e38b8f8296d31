"""Pure values and rules: standard library, phonenumbers and idna only."""
