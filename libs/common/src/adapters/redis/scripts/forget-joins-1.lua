-- KEYS joins of the request. ARGV prefix of joins.
local names = redis.call('SMEMBERS', KEYS[1])
for _, name in ipairs(names) do closeJoin(ARGV[1] .. name, name) end
redis.call('DEL', KEYS[1])
return #names
