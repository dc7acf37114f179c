-- KEYS request, overdue list. ARGV id, not after, token, ingress, record, deadline, result kept until, mark kept until.
-- 1 = accepted (also when this very call was applied before), 0 = the id is known, -1 = came too late: its caller was told otherwise by now.
local record, token = unpack(redis.call('HMGET', KEYS[1], 'rec', 'at'))
if record then
  if token == ARGV[3] then return 1 end
  -- Somebody else relies on the request now: its first acceptor can no longer take it back.
  redis.call('HDEL', KEYS[1], 'at')
  return 0
end
local time = redis.call('TIME')
if tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000 > tonumber(ARGV[2]) then return -1 end
redis.call('HSET', KEYS[1], 'at', ARGV[3], 'w', ARGV[4], 'rec', ARGV[5], 'u', ARGV[7])
redis.call('PEXPIREAT', KEYS[1], ARGV[8])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[1])
keep(KEYS[2], ARGV[8])
return 1
