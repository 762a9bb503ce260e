"""Who may say it: the trust register and the keys of its organisations."""
