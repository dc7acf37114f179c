-- KEYS overdue list. ARGV now, limit, prefix of requests. Records of requests past their deadline, earliest deadline first.
local records = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local record, kind = unpack(redis.call('HMGET', ARGV[3] .. id, 'rec', 'k'))
  if record and not kind then
    records[#records + 1] = record
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return records
