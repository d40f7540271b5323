"""Whether foreign text costs no more time than its length, told by counting: clocks of busy machines tell lies."""
