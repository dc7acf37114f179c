-- KEYS join. ARGV name. Drops the parts; the closed join stays until it expires.
closeJoin(KEYS[1], ARGV[1])
return 1
