"""The one receiver of what shops tell us by themselves; it knows no platform."""
