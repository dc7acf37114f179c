-- KEYS join, list of leased joins of the scope, joins of the request. ARGV name, member, bytes, expected, expires at, now, lease until, token.
-- {'pending', parts present}, {'closed'}, or {'fire', member, bytes, member, bytes, ...}.
local now = tonumber(ARGV[6])
if tonumber(ARGV[5]) <= now then return {'closed'} end
local state, token, leasedUntil = unpack(redis.call('HMGET', KEYS[1], 'st', 'tk', 'lu'))
if state == 'c' then return {'closed'} end
if state == 'l' then
  -- The own token: this very call was applied before, and its answer was lost.
  if token ~= ARGV[8] and tonumber(leasedUntil) > now then return {'closed'} end
else
  if redis.call('HSETNX', KEYS[1], 'p:' .. ARGV[2], ARGV[3]) == 1 and redis.call('HINCRBY', KEYS[1], 'n', 1) == 1 then
    redis.call('HSET', KEYS[1], 'dz', KEYS[2], 'ex', ARGV[5])
    redis.call('PEXPIREAT', KEYS[1], ARGV[5])
    redis.call('SADD', KEYS[3], ARGV[1])
    keep(KEYS[3], ARGV[5])
  end
  local present = tonumber(redis.call('HGET', KEYS[1], 'n'))
  if present < tonumber(ARGV[4]) then return {'pending', present} end
end
leaseJoin(KEYS[1], ARGV[1], ARGV[8], ARGV[7])
return addParts(KEYS[1], {'fire'})
