-- KEYS requests. ARGV stages, one per key. The number of fields only grows while a request is open, so it gives the stages their order.
for i, request in ipairs(KEYS) do
  local known = redis.call('HMGET', request, 'rec', 'k')
  if known[1] and not known[2] then redis.call('HSETNX', request, 's:' .. ARGV[i], redis.call('HLEN', request)) end
end
return #KEYS
