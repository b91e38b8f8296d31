"""One verb a module, one public way in each. Where refunds happen: refund.py."""
