-- KEYS payload, payloads of the request, ledger of all payloads by expiry, bytes held. ARGV bytes, name, expires at, now, most bytes held.
-- An entry of index and ledger is `<size> <name>`. 1 = stored; {bytes held} = it does not fit.
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[4], 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[3], entry)
  redis.call('DECRBY', KEYS[4], string.match(entry, '^%d+'))
end
local size = #ARGV[1]
local held = tonumber(redis.call('GET', KEYS[4]) or '0')
if held + size > tonumber(ARGV[5]) then return {held} end
local entry = size .. ' ' .. ARGV[2]
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[3])
redis.call('SADD', KEYS[2], entry)
keep(KEYS[2], ARGV[3])
if redis.call('ZADD', KEYS[3], ARGV[3], entry) == 1 then redis.call('INCRBY', KEYS[4], size) end
-- Both end together, and when the last payload is gone.
keep(KEYS[3], ARGV[3])
keep(KEYS[4], ARGV[3])
return 1
