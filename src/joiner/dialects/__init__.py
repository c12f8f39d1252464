"""How each identity provider's SCIM departs from the RFC: one value per oddity, and the settings of the connections that have them."""
