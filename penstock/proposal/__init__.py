"""`penstock init`: a proposed configuration and schema for a table without one."""
