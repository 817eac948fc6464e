"""What `make bench-search` does in processes of their own, with the settings of the site that is measured."""
