"""The commands, one file each. `wallet_cli.main` imports a command only when it is called."""
