"""Thin tasks over actions. Arguments are ids; every task is safe to run twice."""
