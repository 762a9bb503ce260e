"""The credential offer that a holder opens: link, QR, page."""
