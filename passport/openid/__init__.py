"""How credentials travel: OpenID4VCI 1.0, OpenID4VP 1.0, DCQL and the parts of HAIP that they share.

Pure: it builds and checks messages. It opens no connection, reads no clock and keeps no state, so single use of
codes, nonces and states is the caller's.
"""
