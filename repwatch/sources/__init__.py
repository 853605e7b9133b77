"""Where from: each kind plans requests and parses pages, without I/O."""
