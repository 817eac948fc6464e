"""How often one visitor may do a thing."""
