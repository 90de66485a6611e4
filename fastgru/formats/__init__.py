"""Floor 4: models in files. Only `fastgru.saving` imports what is here."""
