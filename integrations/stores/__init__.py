"""One folder a shop platform; each offers PLATFORM. Found by integrations.registry."""
