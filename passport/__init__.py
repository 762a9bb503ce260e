"""The pure core of skillspas: how credentials are signed, who may issue them, whether they hold, what they add up to.

Nothing here but `network` opens a socket, reads the clock or the environment, or touches a database.
"""
