"""What other programs may read of the site: the API at /api/v1/ and the page that describes it."""
