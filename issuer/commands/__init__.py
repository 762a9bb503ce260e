"""What the commands of `skillspas-issuer` do; each file is imported when its command is called."""
