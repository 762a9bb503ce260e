"""The holder's wallet on the command line. It stands on `passport` and knows no other service."""
