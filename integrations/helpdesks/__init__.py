"""One folder a helpdesk, each with `PLATFORM`."""
