"""How values are written, and the SQL that reads them."""
