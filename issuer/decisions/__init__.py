"""What the examencommissie decided on a signed stack: exemptions granted, a diploma awarded."""
