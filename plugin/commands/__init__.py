"""The operator's commands, a module a subject; each offers COMMANDS."""
