"""`make soak`: a storm of webhooks, after which the mirror must be what the shops hold."""
