"""Domain to view models: frozen, every string ready to show, nothing left to compute."""
