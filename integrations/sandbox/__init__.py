"""Pretend shops, a pretend payment gateway and a pretend helpdesk, each its own process.

They speak the vendors' real protocols and share no code with the adapters they are tried with.
"""
