"""What Mostrador does: domain, ports, actions, storage and jobs."""
