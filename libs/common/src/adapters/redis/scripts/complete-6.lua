-- KEYS request, outcome, overdue list, payloads of the request, ledger of all payloads, bytes held.
-- ARGV id, kind, token, outcome, channel prefix, channel of failures, most bytes sent with a wake-up, prefix of payloads ('' = they stay).
-- {1} = this outcome holds; {0, body} = another was first, body absent when it expired; {-1} = no such request.
local kind, token, keepUntil, ingresses = unpack(redis.call('HMGET', KEYS[1], 'k', 'tk', 'u', 'w'))
if not keepUntil then return {-1} end
if kind then
  if token == ARGV[3] then return {1} end
  return {0, redis.call('GET', KEYS[2])}
end
redis.call('SET', KEYS[2], ARGV[4], 'PXAT', keepUntil)
redis.call('HSET', KEYS[1], 'k', ARGV[2], 'tk', ARGV[3])
-- The hash becomes the mark, which stays long: only what the mark is asked for stays with it.
redis.call('HDEL', KEYS[1], 'w', 'at')
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[8] ~= '' then dropPayloads(KEYS[4], KEYS[5], KEYS[6], ARGV[8]) end
-- Stored first, told second: within a script both happen or none.
local message = ARGV[1] .. '\0'
if #ARGV[4] <= tonumber(ARGV[7]) then message = message .. ARGV[4] end
for ingress in string.gmatch(ingresses or '', '%S+') do
  redis.call('PUBLISH', ARGV[5] .. ingress, message)
end
if ARGV[2] ~= 'result' then redis.call('PUBLISH', ARGV[6], ARGV[1]) end
return {1}
