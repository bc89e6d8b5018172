"""The speed of the dashboard's pages, and what somebody who watches a run costs."""
